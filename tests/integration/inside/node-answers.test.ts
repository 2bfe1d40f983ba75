import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";
import { type Preloaded, startPreloaded } from "../preload/preloaded.ts";
import { type Listener, listenForBot, openVenue, type Venue } from "./listener.ts";

const observe = builtFile("preload/preload/observe.js");

let listener: Listener;
let venue: Venue;
let started: Preloaded[] = [];

beforeEach(async () => {
  [listener, venue] = [await listenForBot(), await openVenue()];
  started = [];
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  await Promise.all([listener.close(), venue.close()]);
});

function run(
  code: string,
  { env = {}, node }: { env?: Record<string, string>; node?: string } = {},
): Preloaded {
  const variables = { ...listener.env, PORT: String(venue.port), ...env };
  const program = `const url = (path, scheme = "http") => scheme + "://localhost:" + process.env.PORT + path;
    const { request, get } = require("node:http");
    const settled = (asked) => new Promise((done) => asked.on("error", done).on("response", (answer) => answer.resume().on("end", () => done())));
    (async () => { ${code} })();`;
  const preloaded = startPreloaded({
    preloads: [observe],
    env: variables,
    args: ["-e", program],
    ...(node === undefined ? {} : { node }),
  });
  started.push(preloaded);
  return preloaded;
}

const banned = {
  host: "localhost",
  status: 418,
  isSigned: false,
  times: 1,
  body: undefined,
  headers: { "retry-after": "120", "cf-ray": "8f0-FRA", date: expect.any(String) as string },
  at: expect.any(Number) as number,
};
const undici = JSON.stringify(builtFile("../node_modules/undici/index.js"));
const ws = JSON.stringify(builtFile("../node_modules/ws/index.js"));

describe("a failure is told at once", () => {
  test.each([
    ["fetch", `await fetch(url("/418"))`],
    ["undici", `await require(${undici}).request(url("/418"))`],
    [
      "an agent of undici's own copy",
      `const { Agent, fetch } = require(${undici}); await fetch(url("/418"), { dispatcher: new Agent() })`,
    ],
    ["http", `await settled(get(url("/418")))`],
  ])("from %s, also when the bot ends on it", async (_, code) => {
    const bot = run(`${code}; process.exit(7)`);
    expect(await bot.ended).toMatchObject({ code: 7, stderr: "" });
    expect((await listener.next("answers")).answers).toEqual([banned]);
  });

  test("from the refused handshake of a WebSocket", async () => {
    run(`new (require(${ws}))(url("/no", "ws")).on("error", () => {})`);
    expect((await listener.next("answers")).answers).toMatchObject([
      { host: "localhost", status: 403, headers: { server: "cloudflare" } },
    ]);
  });

  test("from Node's own WebSocket, and its acceptance is counted", async () => {
    const node = nodeOfMajor(22);
    if (node === undefined) return;
    run(
      `const accepted = new WebSocket(url("/ws", "ws"));
       accepted.onopen = () => { new WebSocket(url("/no", "ws")).onerror = () => {}; }`,
      { node },
    );
    const { answers } = await listener.next("answers");
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([101, 403]));
  });
});

test("successes are counted for each host and signedness, and a signature is told by names alone", async () => {
  run(
    `for (let n = 0; n < 3; n += 1) await fetch(url("/api/secret-path?symbol=X"));
     await fetch(url("/order?timestamp=1&signature=query-secret"));
     await settled(get(url("/"), { headers: { "X-MBX-APIKEY": "header-secret" } }));
     await settled(get(url("/"), { headers: { "OK-ACCESS-SIGN": "header-secret" } }));
     await fetch(url("/302"), { redirect: "manual" });
     await fetch(url("/401"), { headers: { Authorization: "Bearer header-secret" } });`,
  );
  const { answers } = await listener.next("answers");
  const told = answers.map(({ status, isSigned, times }) => `${status} ${isSigned} ${times}`);
  expect(told).toEqual(["200 false 3", "200 true 3", "300 false 1", "401 true 1"]);
  expect(JSON.stringify(listener.events)).not.toMatch(/secret|symbol/);
});

test("failures within one second are told together, at the latest when the bot ends", async () => {
  run(`for (let n = 0; n < 20; n += 1) await fetch(url("/429")); await fetch(url("/451"));`);
  await listener.next("answers", ({ answers }) => answers.some(({ status }) => status === 451));
  const frames = listener.events.flatMap((event) => (event.type === "answers" ? [event.answers] : []));
  expect(frames).toMatchObject([
    [{ status: 429, times: 1 }],
    [
      { status: 429, times: 19 },
      { status: 451, times: 1 },
    ],
  ]);
});

test("the launcher's own readings are no answers of the bot", async () => {
  run(
    `process.stdin.resume(); setInterval(() => {}, 1000); await fetch(url("/404")); setTimeout(() => fetch(url("/403")), 1100)`,
  );
  await listener.next("answers");
  listener.channel.requestExitCheck(1, `http://127.0.0.1:${venue.port}/500`, 5_000);
  expect(await listener.next("exit-check")).toMatchObject({ answer: { status: 500 } });
  await listener.next("answers", ({ answers }) => answers.some(({ status }) => status === 403));
  expect(listener.answersOf("127.0.0.1")).toEqual([]);
});

describe("a bot runs as it would alone", () => {
  const asks = `for (const path of ["/200", "/418", "/500"]) await fetch(url(path)).then((r) => r.text());
    await settled(get(url("/429"))); process.stdout.write("done")`;
  const alone = { code: 0, signal: null, stdout: "done", stderr: "" };

  test("when nobody listens", async () => {
    expect(await run(asks, { env: { LAUNCH_CONTROL: "/nowhere/bot.sock" } }).ended).toEqual(alone);
  });

  test("when the socket goes away in the middle", async () => {
    const bot = run(
      `await fetch(url("/418")); while (!require("node:fs").existsSync(process.env.GONE)) await new Promise((r) => setTimeout(r, 5)); ${asks}`,
      {
        env: { GONE: join(listener.folder, "gone") },
      },
    );
    await listener.next("answers");
    await listener.channel.close();
    writeFileSync(join(listener.folder, "gone"), "");
    expect(await bot.ended).toEqual(alone);
  });

  test("when what listens speaks nonsense", async () => {
    const path = join(listener.folder, "nonsense.sock");
    const server: Server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write('\u0000\n[]\n{"type":"read"}\n{"type":"read","id":1,"witness":"x","timeoutMs":1}\nnull\n');
      socket.write("x".repeat(70_000));
    }).listen(path);
    expect(await run(asks, { env: { LAUNCH_CONTROL: path } }).ended).toEqual(alone);
    server.close();
  });

  test("when the messages of the channels look different", async () => {
    const bot = run(`const d = require("node:diagnostics_channel");
      process.on("uncaughtException", (e) => process.stdout.write("thrown " + e));
      for (const name of ["http.client.response.finish", "undici:request:headers", "undici:websocket:open"])
        for (const message of [undefined, null, {}, { request: {}, response: {} }, { websocket: { url: "no" } }]) d.channel(name).publish(message);
      setTimeout(() => process.stdout.write("done"), 20)`);
    expect(await bot.ended).toEqual(alone);
  });
});
