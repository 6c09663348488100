"""The report in a real browser: nothing fails, nothing leaves the file, a phone scrolls one way only."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vocnlp.analysis.survey import Survey
from vocnlp.report.build import Report, render
from vocnlp.report.results import Results

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]
FLAGS = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
CONTRAST = Path(__file__).with_name("contrast.js")


@pytest.fixture(scope="module")
def files(
    english: Report,
    chinese: Report,
    results: Results,
    found_topics: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("report")
    made = {"en": english, "zh": chinese, "topics": render(replace(results, topics=found_topics))}
    for locale, report in made.items():
        report.write(folder / f"{locale}.html")
    return {locale: (folder / f"{locale}.html").as_uri() for locale in made}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of phone size that collects errors and requests."""
    page = chromium.new_page(viewport={"width": 375, "height": 800}, reduced_motion="reduce")
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("dialog", lambda dialog: page.problems.append(dialog.message))
    page.on("request", lambda request: request.url.startswith("file:") or page.problems.append(request.url))
    yield page
    page.close()


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("width", [375, 1280])
def test_it_opens_quietly_and_fits(page: Any, files: dict[str, str], locale: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(files[locale])
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-Hans"}[locale]
    assert page.title() != "broken"
    assert page.problems == []


def test_names_are_unique_and_images_are_named(page: Any, files: dict[str, str]) -> None:
    page.goto(files["en"])
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate("[...document.querySelectorAll('svg[role=img]')].every(s => s.ariaLabel)")
    assert page.evaluate("[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.hash))")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_comments_open_from_a_number_by_keyboard_and_close_again(
    page: Any, files: dict[str, str], key: str
) -> None:
    page.goto(files["en"])
    link = page.locator("#aspect-rows a.n").first
    link.focus()
    page.keyboard.press(key)
    dialog = page.locator("#dialog")
    assert dialog.is_visible()
    assert page.locator("#dialog-title").inner_text() == link.get_attribute("data-title")
    quotes = page.locator("#dialog .quote")
    assert quotes.count() >= 3
    tag = link.get_attribute("data-q")
    for i in range(quotes.count()):
        assert tag in quotes.nth(i).get_attribute("data-t").split()
        assert quotes.nth(i).locator("mark.hit").count() >= 1
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.matches('#aspect-rows a.n')")


def test_the_map_of_topics_opens_clauses_by_pointer_and_by_keyboard(page: Any, files: dict[str, str]) -> None:
    page.goto(files["topics"])
    card = page.locator("#topic-4")
    assert not card.is_visible()
    page.locator("a[data-card=topic-4]").hover()
    assert "a clause with <script>" in card.inner_text()
    page.mouse.move(0, 0)
    page.locator("a[data-card=topic-7]").focus()
    assert page.locator("#topic-7").is_visible()
    assert not card.is_visible()
    page.keyboard.press("Enter")
    assert page.locator("#dialog").is_visible()
    assert page.locator("#dialog .quote").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.problems == []


def test_the_filter_narrows_counts_score_and_comments(
    page: Any, files: dict[str, str], survey: Survey
) -> None:
    page.goto(files["en"])
    page.select_option("#segment", label="EU")
    page.select_option("#language", "en")
    inside = ((survey.frame["region"] == "EU") & (survey.frame["language"] == "en")).to_numpy()
    assert page.locator("#selection").inner_text().startswith(f"{inside.sum()} answers")
    column = survey.aspects.index("logistics")
    row = page.locator(f'#aspect-rows tr[data-a="{column}"]')
    negative = int(survey.negative[inside, column].sum())
    assert row.locator('a[data-q^="neg:"]').inner_text() == str(negative)
    shown = page.locator("#pool > .quote:visible")
    assert shown.count() >= 1
    assert page.evaluate(
        "[...document.querySelectorAll('#pool > .quote:not([hidden])')].every(q => q.dataset.l === 'en')"
    )
    row.locator('a[data-q^="neg:"]').click()
    assert "EU" in page.locator("#dialog-count").inner_text()
    page.keyboard.press("Escape")
    page.click("#reset")
    assert page.locator("#selection").inner_text().startswith(f"{len(survey):,} answers")
    assert page.problems == []


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_it_prints_with_all_findings_on_the_first_page(
    page: Any, files: dict[str, str], locale: str, tmp_path: Path
) -> None:
    page.goto(files[locale])
    page.emulate_media(media="print")
    for gone in ("nav", "#comments", ".filter", "#dialog"):
        assert not page.locator(gone).first.is_visible()
    assert page.locator(".finding").last.is_visible()
    # A4 less its margins, in CSS pixels
    page.set_viewport_size({"width": round((210 - 28) / 25.4 * 96), "height": 1000})
    ends = page.evaluate("document.querySelector('.findings').getBoundingClientRect().bottom + scrollY")
    assert ends <= (297 - 27) / 25.4 * 96
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    printed = page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 4 <= pages <= 20
    assert re.search(rb"/MediaBox\s*\[0 0 59[45]\S* 84[12]", printed)
    assert page.problems == []


def test_hostile_texts_are_shown_and_not_run(page: Any, files: dict[str, str]) -> None:
    page.goto(files["en"])
    assert "<script>document.title" in page.locator("#pool").inner_html().replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert page.locator("main script").count() == 0
    assert page.title() != "broken"


def test_text_is_readable_against_its_ground_in_light_and_dark(page: Any, files: dict[str, str]) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(files["topics"])
        assert page.evaluate(CONTRAST.read_text()) == []
