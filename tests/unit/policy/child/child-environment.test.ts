import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunId } from "../../../../lib/domain/ids.ts";
import {
  type ChildEnvironmentInput,
  childEnvironment,
} from "../../../../lib/policy/child/child-environment.ts";

const runId = "00000000-0000-4000-8000-000000000001" as RunId;
const relayUrl = "http://launch:t0ken@127.0.0.1:4100";
const unit = { kind: "bot", name: "alice", env: {}, passEnv: [] } as const;

function environment(change: Partial<ChildEnvironmentInput> = {}): Record<string, string> {
  return childEnvironment({
    operator: {},
    unit,
    runId,
    relayUrl,
    botSocket: "/s/bot.sock",
    preloads: [],
    ...change,
  });
}

const mixedCase = (name: string) =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((ups) =>
    Array.from(name)
      .map((c, i) => (ups[i] ? c.toUpperCase() : c.toLowerCase()))
      .join(""),
  );
const proxyName = fc
  .constantFrom("http", "https", "all", "ws", "wss", "ftp", "no", "socks")
  .chain((word) => mixedCase(`${word}_proxy`));
const agentName = fc.constantFrom(
  "GLOBAL_AGENT_HTTP_PROXY",
  "GLOBAL_AGENT_FORCE_GLOBAL_AGENT",
  "GLOBAL_AGENT_NO_PROXY",
);
const npmName = fc.constantFrom(
  "npm_config_proxy",
  "npm_config_https_proxy",
  "npm_config_noproxy",
  "NPM_CONFIG_HTTPS_PROXY",
);
const launchName = fc.stringMatching(/^LAUNCH_[A-Z_]{1,12}$/);
const badName = fc.oneof(
  proxyName,
  agentName,
  npmName,
  launchName,
  fc.constantFrom("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "STORE_URL"),
);
const plainName = fc.constantFrom("PATH", "HOME", "API_KEY", "MY_PROXY_LIST", "DATABASE_URL", "XLAUNCH_X");
const leak = "leaked-from-the-shell";

test("edge case 19: nothing that the operator's shell says of proxies, of us or of the store reaches a bot or a collector", () => {
  fc.assert(
    fc.property(fc.uniqueArray(badName), fc.uniqueArray(plainName), fc.boolean(), (bad, plain, isBot) => {
      const operator = Object.fromEntries([
        ...bad.map((n) => [n, leak]),
        ...plain.map((n) => [n, `${n} stays`]),
      ]);
      const chosen = isBot ? unit : ({ ...unit, kind: "collector" } as const);
      const env = environment({ operator, unit: chosen, storeVariables: ["STORE_URL"] });
      expect(Object.values(env)).not.toContain(leak);
      expect(plain.map((name) => env[name])).toEqual(plain.map((name) => `${name} stays`));
    }),
  );
});

test("a bot's own settings cannot lead past the relay, in any case of the name", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.oneof(proxyName, agentName, npmName)), (names) => {
      const env = environment({
        unit: { ...unit, env: Object.fromEntries(names.map((name) => [name, leak])), passEnv: names },
        operator: Object.fromEntries(names.map((name) => [name, leak])),
      });
      expect(Object.values(env)).not.toContain(leak);
    }),
  );
});

test("a bot finds the relay under every conventional name, and no bypass", () => {
  const env = environment({ operator: { PATH: "/bin" } });
  const toRelay = Object.keys(env).filter((name) => env[name] === relayUrl);
  expect(toRelay.sort()).toEqual(
    "ALL_PROXY HTTPS_PROXY HTTP_PROXY WSS_PROXY WS_PROXY GLOBAL_AGENT_HTTPS_PROXY GLOBAL_AGENT_HTTP_PROXY all_proxy http_proxy https_proxy ws_proxy wss_proxy"
      .split(" ")
      .sort(),
  );
  expect([env["NO_PROXY"], env["no_proxy"], env["GLOBAL_AGENT_NO_PROXY"]]).toEqual(["", "", ""]);
  expect(env).toMatchObject({
    LAUNCH_CONTROL: "/s/bot.sock",
    LAUNCH_ACCOUNT: "alice",
    LAUNCH_RUN_ID: runId,
    PATH: "/bin",
  });
});

test("a collector gets the run id and nothing else of ours", () => {
  const env = environment({
    unit: { ...unit, kind: "collector", env: { A: "1" } },
    operator: { NODE_OPTIONS: '--require "/x/preload/preload/observe.js"', NODE_USE_ENV_PROXY: "1" },
  });
  expect(env).toEqual({ LAUNCH_RUN_ID: runId, A: "1" });
});

test("pass_env lets through what it names, but never our own secrets", () => {
  const operator = {
    LAUNCH_DATABASE_URL: leak,
    LAUNCH_DATABASE_MIGRATE_URL: leak,
    LAUNCH_STATE_DIR: "/state",
    LAUNCH_FERNET_KEYS: leak,
    CREDENTIALS_DIRECTORY: "/c",
    STORE: "s",
  };
  const env = environment({
    operator,
    unit: { ...unit, passEnv: Object.keys(operator), env: { LAUNCH_DATABASE_URL: leak } },
    storeVariables: ["STORE"],
  });
  expect(env).toMatchObject({ LAUNCH_STATE_DIR: "/state", CREDENTIALS_DIRECTORY: "/c", STORE: "s" });
  expect(Object.values(env)).not.toContain(leak);
});

test("the unit's variables win over the operator's, ours over the unit's", () => {
  const env = environment({
    operator: { A: "operator", B: "operator" },
    unit: { ...unit, env: { A: "unit", LAUNCH_ACCOUNT: "mallory", LAUNCH_RUN_ID: "other" } },
  });
  expect(env).toMatchObject({ A: "unit", B: "operator", LAUNCH_ACCOUNT: "alice", LAUNCH_RUN_ID: runId });
});
