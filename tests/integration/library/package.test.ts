import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, newConsumer } from "./consumer.ts";

// Without undici.
let consumer: Consumer;
beforeAll(() => {
  consumer = newConsumer(["@types/node", "undici-types"]);
});
afterAll(() => consumer.remove());

describe("the packed library", () => {
  test("holds the program, its types and its texts, and nothing of tests, lab or demo", () => {
    for (const file of [
      "bin/launch",
      "dist/lib/program/program.pack",
      "dist/lib/index.js",
      "dist/lib/index.d.ts",
      "dist/lib/agents.js",
      "dist/lib/agents.d.ts",
      "dist/preload/preload/tunnel.js",
      "docs/library.md",
      "migrations/000001_pool.sql",
      "templates/examples/node-ccxt/bot.mjs",
      "LICENSE",
    ]) {
      expect(consumer.files).toContain(file);
    }
    // `launch doctor --leaks` has a lab and a bench of its own.
    const others = consumer.files.filter((file) => !file.startsWith("dist/lib/leak-check/"));
    const strange = others.filter((file) =>
      /(^|\/)(tests?|lab|demo|bench|shared|node_modules)(\/|$)/.test(file),
    );
    expect(strange).toEqual([]);
    expect(consumer.files.filter((file) => /\.key$|\.pem$|(^|\/)\.env$|\.sources$/.test(file))).toEqual([]);
  });

  test("compiles strictly into a program that has no undici, and refuses a wrong use", async () => {
    consumer.write(
      "good.ts",
      `import { httpAgent, httpsAgent, ProxyAuthError, type ProxySource, transportFailureOf, webSocketAgent } from "slipway/agents";
       import { type AccountId, errorCatalogue, LaunchError, openSlipway, parseId, Secret, select, type Selection, type Slipway } from "slipway";
       const proxy: ProxySource = { label: "a", endpoint: { scheme: "socks5", host: "h", port: 1 }, credential: { user: "u", secret: new Secret("s") } };
       export const agents = [httpAgent(proxy), httpsAgent(new URL("http://h:1"), { pool: { maxSockets: 1 } }), webSocketAgent("http://h:1")];
       export const id: AccountId = parseId<AccountId>("00000000-0000-4000-8000-000000000000");
       export const found = (error: unknown): number => error instanceof ProxyAuthError ? error.exitStatus : (transportFailureOf(error)?.status ?? 0);
       export const open = (): Promise<Slipway> => openSlipway({ databaseUrl: "postgres://h/d" });
       export const hold = async (slipway: Slipway): Promise<string> => (await slipway.accounts.hold("alice", "key leaked")).name;
       export const choose: (...given: Parameters<typeof select>) => Selection = select;
       export const code: keyof typeof errorCatalogue = new LaunchError("LAUNCH_USAGE", "x").code;`,
    );
    expect(await consumer.compile()).toBe("");
    consumer.write(
      "bad.ts",
      `import { httpAgent } from "slipway/agents";
       import { type AccountId, type ProxyId, parseId } from "slipway";
       httpAgent(8001);
       export const id: AccountId = parseId<ProxyId>("x");`,
    );
    const said = await consumer.compile();
    expect(said.match(/bad\.ts\(\d+/g)).toEqual(["bad.ts(3", "bad.ts(4"]);
  });

  test("says what to install when a program without undici asks for it, and needs it for nothing else", async () => {
    consumer.write(
      "bare.js",
      `import { ConfigError, httpsAgent, proxiedFetch, undiciDispatcher, webSocketAgent } from "slipway/agents";
       const proxy = "http://u:p@127.0.0.1:9";
       httpsAgent(proxy), webSocketAgent(proxy);
       for (const ask of [() => undiciDispatcher(proxy), () => proxiedFetch(proxy)("https://api.venue.example/")]) {
         const error = await ask().catch((error) => error);
         console.log(error instanceof ConfigError, error.code, error.message, error.hint);
       }`,
    );
    const line = "true LAUNCH_PACKAGE_MISSING The package undici is not installed. Run: npm install undici@7";
    expect((await consumer.run("bare.js")).stdout).toBe(`${line}\n${line}\n`);
  });

  test("gives the same names to import and to require", async () => {
    consumer.write(
      "both.cjs",
      `Promise.all(["slipway", "slipway/agents"].map(async (door) => {
         const [required, imported] = [require(door), await import(door)];
         const same = Object.keys(imported).every((name) => required[name] === imported[name]);
         console.log(door, same, Object.keys(imported).length > 10);
       }));`,
    );
    const { stdout } = await consumer.run("both.cjs");
    expect(stdout.trim().split("\n").sort()).toEqual(["slipway true true", "slipway/agents true true"]);
  });
});
