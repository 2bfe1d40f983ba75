import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { Arrival, LeakLab } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import { patient } from "../../patience/patience.ts";
import { endInTurn } from "../lab/launcher-stage.ts";
import { expectNothingPast, watchStage } from "../lab/launcher-watch.ts";
import type { StageOfTests, StagePart } from "../lab/use-launcher-stage.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const program = fileURLToPath(new URL("../../fixtures/leak/asks-steadily.mjs", import.meta.url));
const globalAgent = fileURLToPath(
  new URL("../../../node_modules/global-agent/bootstrap.js", import.meta.url),
);

const bots = Array.from(
  { length: isFull ? 50 : 6 },
  (_, index) =>
    ({
      name: `bot-${index}`,
      label: `proxy-${index}`,
      kind: index % 3 === 0 ? "socks5" : "http",
      tier: index % 2 === 0 ? "kernel" : "preload",
    }) as const,
);
/** So many launchers start at the same time. */
const atOnce = 6;
/** Where collectors go, and no bot. */
const collectorPort = 8080;

/** What the stage of these tests needs. */
export const manyBots: StagePart = {
  proxies: Object.fromEntries(bots.map(({ label, kind }) => [label, kind])),
  accounts: bots.map(({ name, label }) => ({ name, labels: [label] })),
  bots: ({ addresses }: LeakLab) =>
    bots.map(({ name, tier }) => {
      const everyMs = isFull ? 2_000 : 50;
      const env = `{ TARGET: "http://${addresses.targetName}", EVERY_MS: "${everyMs}" }`;
      return `  ${name}: { command: ${words(process.execPath, program)}, isolation: ${tier}, env: ${env} }`;
    }),
  collectors: ({ addresses }: LeakLab) => {
    const target = `http://${addresses.targetName}:${collectorPort}`;
    const node = words(
      "/bin/sh",
      "-c",
      `curl --silent ${target}/$UNIT_NAME-curl; exec "$@"`,
      "sh",
      process.execPath,
      program,
    );
    return ["plain", "shell"].map(
      (name) =>
        `  ${name}: { command: ${node}, env: { UNIT_NAME: ${name}, TARGET: "${target}", EVERY_MS: "100" } }`,
    );
  },
};

function words(...command: readonly string[]): string {
  return JSON.stringify(command);
}

/** The tests, for a stage that somebody else opens; the second goes on with the bots of the first. */
export function testManyBots(here: StageOfTests): void {
  const launchers: RunningLaunch[] = [];
  const exits = () => bots.map(({ label }) => here.proxy(label).exitIp);
  const loads = (times: number) =>
    bots.map(({ name, label }) => ({
      peer: here.proxy(label).exitIp,
      path: new RegExp(`^/${name}/`),
      times,
    }));
  const own = () => Object.fromEntries(bots.map(({ name, label }) => [name, [here.proxy(label).exitIp]]));
  afterAll(() => endInTurn(launchers));

  test(`${bots.length} bots at once are each seen from the exit of their own, and no exit shows two of them`, {
    timeout: patient(200_000),
  }, async () => {
    const watch = await watchStage(here.stage);
    for (let from = 0; from < bots.length; from += atOnce) {
      const some = bots.slice(from, from + atOnce);
      launchers.push(...(await Promise.all(some.map(({ name, label }) => here.startBot(name, label)))));
    }
    await watch.seen(loads(5));
    expect(peersByName(await watch.arrivals())).toEqual(own());
    expect(new Set(exits()).size).toBe(bots.length);
    await expectNothingPast(watch, { launches: bots.length, exits: exits() });
  });

  test("a collector beside them leaves from the host's own address, whatever proxy the operator's shell names", async () => {
    const watch = await watchStage(here.stage);
    const [direct = ""] = here.stage.lab.addresses.direct;
    const collectors = [
      here.stage.start(["collector", "plain"]),
      here.stage.start(["collector", "shell"], { env: shellWithProxies(here) }),
    ];
    launchers.push(...collectors);
    const names = ["plain", "plain-curl", "shell", "shell-curl"];
    await watch.seen([
      ...names.map((name) => ({ peer: direct, path: new RegExp(`^/${name}(/|$)`) })),
      ...loads(3),
    ]);
    const arrivals = await watch.arrivals();
    expect(peersByName(arrivals)).toEqual({
      ...own(),
      ...Object.fromEntries(names.map((name) => [name, [direct]])),
    });
    const directPorts = arrivals
      .filter(({ peer }) => peer === direct)
      .map(({ kind, port }) => `${kind} ${port}`);
    expect([...new Set(directPorts)].sort()).toEqual([
      "dns 53",
      `http ${collectorPort}`,
      `tcp ${collectorPort}`,
    ]);
    await Promise.all(collectors.map((collector) => collector.line(new RegExp(`direct +${direct}`))));
    const { stdout } = await here.stage.launch(["ps", "--running", "--json"]);
    const shown = (JSON.parse(stdout) as { readonly runs: readonly ShownRun[] }).runs;
    expect(Object.fromEntries(shown.map(({ unit, tier, exit_ip }) => [unit, `${tier} ${exit_ip}`]))).toEqual({
      ...Object.fromEntries(
        bots.map(({ name, tier, label }) => [name, `${tier} ${here.proxy(label).exitIp}`]),
      ),
      plain: `direct ${direct}`,
      shell: `direct ${direct}`,
    });
  });
}

interface ShownRun {
  readonly unit: string;
  readonly tier: string;
  readonly exit_ip: string;
}

/** A shell in which everything that follows such variables would go through a proxy that works. */
function shellWithProxies(here: StageOfTests): Readonly<Record<string, string>> {
  const { endpoint, user, pass } = here.proxy(bots[1]?.label ?? "");
  const url = endpoint.replace("://", `://${encodeURIComponent(user)}:${encodeURIComponent(pass)}@`);
  const names = ["http_proxy", "https_proxy", "all_proxy"];
  return {
    ...Object.fromEntries(names.flatMap((name) => [name, name.toUpperCase()].map((each) => [each, url]))),
    GLOBAL_AGENT_HTTP_PROXY: url,
    NODE_USE_ENV_PROXY: "1",
    NODE_OPTIONS: `--require "${globalAgent}"`,
  };
}

function peersByName(arrivals: readonly Arrival[]): Readonly<Record<string, readonly string[]>> {
  const peers: Record<string, string[]> = {};
  for (const { kind, peer, text } of arrivals) {
    const name = text.split("/")[1] ?? "";
    if (kind === "http" && peers[name]?.includes(peer) !== true) peers[name] = [...(peers[name] ?? []), peer];
  }
  return peers;
}
