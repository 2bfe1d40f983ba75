import { expect, test } from "vitest";
import { mayBootAhead } from "../../../../lib/policy/child/boot-ahead.ts";
import { nodeOptions } from "../../../../lib/policy/child/node-options.ts";

const preloads = ["/opt/slipway/tunnel.js", "/opt/slipway/observe.js"];
const ours = {
  PATH: "/usr/bin",
  NODE_ENV: "production",
  NODE_OPTIONS: nodeOptions(undefined, preloads) ?? "",
};
const plain = { command: ["node", "bot.js", "--fast"], env: ours, preloads };

test("a script of Node's may, with nothing loaded ahead of our preloads", () => {
  expect(mayBootAhead(plain)).toBe(true);
  expect(mayBootAhead({ ...plain, env: { PATH: "/usr/bin" }, preloads: [] })).toBe(true);
});

test.each([
  ["another preload is first", { preloads: preloads.toReversed() }],
  ["it has no script", { command: ["node"] }],
  ["a flag stands before the script", { command: ["node", "--import", "./first.mjs", "bot.js"] }],
  ["the script is read from a pipe", { command: ["node", "-"] }],
  [
    "the operator has options of Node",
    { env: { ...ours, NODE_OPTIONS: `${ours.NODE_OPTIONS} --import ./a.mjs` } },
  ],
  ["our preloads are not loaded", { env: { PATH: "/usr/bin" } }],
  ["a library is loaded into it", { env: { ...ours, LD_PRELOAD: "/lib/faketime.so" } }],
  ["another loader's path", { env: { ...ours, LD_LIBRARY_PATH: "/opt/lib" } }],
  ["OpenSSL is told to load one", { env: { ...ours, OPENSSL_CONF: "/etc/own.cnf" } }],
  ["the C library is told to load one", { env: { ...ours, GCONV_PATH: "/opt/conv" } }],
])("it may not where %s", (_, change) => {
  expect(mayBootAhead({ ...plain, ...change })).toBe(false);
});
