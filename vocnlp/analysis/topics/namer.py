"""Names of topics by a language model of your own: a local command, or an HTTP endpoint. Off by default.

A command gets the prompt on standard input and answers on standard output. A URL is one of the chat
completions that Ollama, llama.cpp, vLLM and others serve. Either sees keywords and typical clauses, masked.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.request
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Any

from vocnlp.analysis.topics.result import Topic
from vocnlp.errors import InputError

__all__ = ["Ask", "NamerError", "find_namer", "give_names", "prompt"]

Ask = Callable[[str], str]
"""Prompt -> answer; raises NamerError."""

_SECONDS = 60.0
_LONGEST = 80
_FAILURES = 3
_QUOTES = "\"'`*“”‘’«»「」《》 "


class NamerError(Exception):
    """No usable answer came; the message says why."""


def find_namer(where: str, *, model: str = "", key: str = "", seconds: float = _SECONDS) -> Ask:
    """`where` begins with http:// or https:// for an endpoint, else it is a command with its arguments.

    model: named in the request.   key: sent as a bearer token. Raises InputError for an empty command.
    """
    if where.startswith(("http://", "https://")):
        return lambda text: _post(where, text, model=model, key=key, seconds=seconds)
    command = shlex.split(where)
    if not command:
        raise InputError("--namer is empty; give a command, or the URL of a chat completions endpoint")
    return lambda text: _run(command, text, seconds)


def prompt(topic: Topic) -> str:
    """What is asked about a topic."""
    clauses = "\n".join(f"- {quote.text}" for quote in topic.typical)
    return (
        "The clauses below come from customer comments on one topic. Name the topic in at most six words, in"
        " the language that most of the clauses are in. Answer with the name alone.\n"
        f"Keywords: {', '.join(topic.keywords)}\nTypical clauses:\n{clauses}\n"
    )


def give_names(topics: Iterable[Topic], ask: Ask) -> list[str]:
    """Name topics in place; returns warnings. One without a usable answer keeps its name.

    After three failures in a row no more is asked.
    """
    waiting = list(topics)
    failed = row = 0
    reason = ""
    for place, topic in enumerate(waiting):
        try:
            topic.name = _clean(ask(prompt(topic)))
            row = 0
        except NamerError as error:
            failed, row, reason = failed + 1, row + 1, str(error)
        if row == _FAILURES:
            failed += len(waiting) - place - 1
            break
    return [f"{failed} of {len(waiting)} topics were not named by --namer: {reason}"] if failed else []


def _clean(answer: str) -> str:
    lines = [line.strip(_QUOTES) for line in answer.splitlines() if line.strip(_QUOTES)]
    if not lines:
        raise NamerError("the answer is empty")
    if len(lines) > 1 or len(lines[0]) > _LONGEST:
        raise NamerError(f"an answer is no name: {answer[:_LONGEST]!r}; one line of up to {_LONGEST} is")
    return lines[0]


def _run(command: list[str], text: str, seconds: float) -> str:
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, encoding="utf-8", timeout=seconds, check=False
        )
    except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as error:
        raise NamerError(f"{command[0]}: {error}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NamerError(f"{command[0]} ended with {done.returncode}: {said[-1] if said else 'no message'}")
    return done.stdout


def _post(url: str, text: str, *, model: str, key: str, seconds: float) -> str:
    content: dict[str, Any] = {"messages": [{"role": "user", "content": text}], "temperature": 0}
    headers = {"Content-Type": "application/json"}
    if model:
        content["model"] = model
    if key:
        headers["Authorization"] = f"Bearer {key}"
    asked = urllib.request.Request(url, json.dumps(content).encode(), headers)  # noqa: S310 - http(s) by now
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:  # noqa: S310
            found = json.load(answer)
        return str(found["choices"][0]["message"]["content"])
    except (OSError, HTTPException) as error:  # URLError, timeouts and statuses of failure are OSErrors
        raise NamerError(f"{url}: {error}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise NamerError(f"{url} gave no chat completion: {error!r}") from error
