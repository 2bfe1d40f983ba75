import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";
import { onNodes } from "./nodes.ts";
import { startPreloaded } from "./preloaded.ts";

/** In the relay's place: the target's greeting comes in one piece with the answer, as it does when the target is quick. */
let relay: Server;

beforeAll(async () => {
  relay = createServer((socket) => {
    socket.on("error", () => {}).on("end", () => socket.end());
    socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\nhello"));
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
});
afterAll(() => relay.close());

const connect = `require("net").connect(9, "venue.test")`;
test.each(
  onNodes([
    [
      "a listener, in five lives of one socket",
      `const s = new (require("net").Socket)(), said = []; let lives = 0; const go = () => s.connect(9, "venue.test");
       s.on("connect", () => said.push("connect")).on("data", (d) => { said.push(String(d)); s.end(); }).on("close", () => { if (++lives < 5) go(); else console.log(said.join(" ")); }); go();`,
      "connect hello connect hello connect hello connect hello connect hello",
    ],
    [
      "a reader that waits for `readable`",
      `${connect}.on("readable", function () { const d = this.read(); if (d) { console.log(String(d)); this.destroy(); } })`,
      "hello",
    ],
    [
      "an iteration",
      `(async () => { for await (const d of ${connect}) { console.log(String(d)); break; } })()`,
      "hello",
    ],
    [
      "a socket that was paused",
      `const s = ${connect}; s.pause(); s.on("connect", () => setTimeout(() => { s.on("data", (d) => { console.log(String(d)); s.destroy(); }).resume(); }, 20))`,
      "hello",
    ],
    [
      "a pipe",
      `${connect}.on("data", function () { this.end(); }).on("end", () => console.log()).pipe(process.stdout, { end: false })`,
      "hello",
    ],
    [
      "a listener that comes with the connection",
      `const s = ${connect}; s.on("connect", () => s.on("data", (d) => { console.log(String(d)); s.destroy(); }))`,
      "hello",
    ],
  ] as const),
)("%s gets what came in one piece with the relay's answer", async (_, node, [, code, printed]) => {
  const url = `http://launch:Run0Token@127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const preloads = [builtFile("preload/preload/tunnel.js")];
  const ended = await startPreloaded({
    node: node.path,
    preloads,
    env: { HTTPS_PROXY: url },
    args: ["-e", code],
  }).ended;
  expect(ended).toEqual({ code: 0, signal: null, stdout: `${printed}\n`, stderr: "" });
});
