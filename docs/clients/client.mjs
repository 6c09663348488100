// The API from Node 18 and newer, without packages: tag, stream lines both ways, store.
// node client.mjs ADDRESS KEY

const [address, key] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };

async function ask(method, path, body, more = {}) {
  for (let tries = 0; tries < 10; tries++) {
    const response = await fetch(address + path, {
      method, headers: { ...headers, ...more }, body: body && JSON.stringify(body),
    });
    if (response.status !== 429 && response.status !== 503) {
      const answer = await response.json();
      if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
      return answer;
    }
    await new Promise((resume) => setTimeout(resume, 1000 * Number(response.headers.get("retry-after") ?? 1)));
  }
  throw new Error("the service stays busy");
}

const tagged = await ask("POST", "/v1/tag?detail=tags", { items: [{ id: "js-1", text: "Late again, and nobody answers." }] });
for (const record of tagged.items) {
  console.log(record.id, record.language.code, record.aspects.map((tag) => `${tag.aspect}:${tag.polarity}`).join(" "));
}

// lines are answered while they are sent: any number of them, without waiting for the whole
async function* lines() {
  for (let n = 0; n < 250; n++) yield new TextEncoder().encode(`${JSON.stringify({ id: `s${n}`, text: "快递太慢了" })}\n`);
}
const stream = await fetch(`${address}/v1/tag/stream`, {
  method: "POST", headers: { Authorization: headers.Authorization }, body: ReadableStream.from(lines()), duplex: "half",
});
let rest = "", count = 0;
for await (const piece of stream.body.pipeThrough(new TextDecoderStream())) {
  const whole = (rest + piece).split("\n");
  rest = whole.pop();
  count += whole.map((line) => JSON.parse(line)).filter((record) => !record.error).length;
}
console.log("streamed:", count);

const stored = await ask("POST", "/v1/comments", { items: [{ id: "js-2", text: "Call me on +1 202 555 0143!" }] }, { "Idempotency-Key": "js" });
console.log("stored:", stored.items[0].text);
