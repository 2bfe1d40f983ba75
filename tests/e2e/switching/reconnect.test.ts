import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueEntry } from "../../lab/venue.ts";
import { addAccount, e2eStage, ok, pidOf, proxyOf, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { groupsOf } from "../venues/clients.ts";

/*
 * A bot that lives on through a fail-over: its relay is switched, its old tunnels are cut, and nothing of it leaves before the next
 * exit is proven. One keeps its connection by fetch and by ws, the other by requests and by websockets.
 */

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/bots/${name}`, import.meta.url));
const swapped = "127.0.1.99";

/** How an exit is left, and how it is made whole again. */
interface Way {
  readonly title: string;
  readonly leave: (name: string, label: string) => Promise<unknown>;
  readonly mend?: (label: string) => Promise<unknown>;
}

const ways: readonly Way[] = [
  { title: "an operator rotates it", leave: (name) => operator.runs.ask({ kind: "bot", name }, "rotate") },
  {
    title: "its proxy is killed",
    leave: (_name, label) => proxyOf(stage, label).process.order({ do: "kill" }),
    mend: (label) => proxyOf(stage, label).process.order({ do: "revive" }),
  },
  {
    title: "its address is swapped",
    async leave(name, label) {
      await proxyOf(stage, label).process.order({ do: "exit", address: swapped });
      await operator.runs.ask({ kind: "bot", name }, "check");
    },
    mend: (label) =>
      proxyOf(stage, label).process.order({ do: "exit", address: proxyOf(stage, label).exitIp }),
  },
];

const hasPython = groupsOf([["requests"], ["websockets"]]).length === 2;

let stage: Stage;
let operator: Slipway;

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "node-1": "http", "node-2": "socks5", "python-1": "http", "python-2": "http" },
    yaml: ({ venuePort, folder }) => {
      const ca = `"${folder}/ca.pem"`;
      const env = `{ VENUE_URL: "https://venue.test:${venuePort}", SSL_CERT_FILE: ${ca}, REQUESTS_CA_BUNDLE: ${ca} }`;
      const bot = (...command: readonly string[]) =>
        `{ command: ${JSON.stringify(command)}, ports: [${venuePort}], on_failover: reconnect, env: ${env} }`;
      return [
        "defaults: { stop: { grace: 2s } }",
        "switch: { fleet_window: 1s }",
        "bots:",
        `  node: ${bot(process.execPath, fixture("reconnecting/keeps-connections.mjs"))}`,
        `  python: ${bot("/usr/bin/python3", fixture("reconnecting/keeps-connections.py"))}`,
      ].join("\n");
    },
  });
  for (const name of ["node", "python"]) await addAccount(stage, name, [`${name}-1`, `${name}-2`]);
  operator = await openSlipway({
    stateFolder: stage.stateFolder,
    configFile: `${stage.folder}/launch.yaml`,
  });
});
afterAll(async () => {
  await operator?.close();
  await stage?.close();
});

const bots = [
  ["node", "preload"],
  ["node", "kernel"],
  ["python", "kernel"],
] as const;
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const all = bots.flatMap(([name, tier]) => ways.map((way) => ({ name, tier, ...way })));
// In a quick run each bot and each way come once.
const rows = all.filter(({ name }, index) => (isFull || index % 4 === 0) && (name !== "python" || hasPython));

test.each(rows)(
  "a $name bot in the $tier tier keeps its process and moves both of its connections when $title",
  async (row) => {
    const { name, tier, leave, mend } = row;
    const [old, next] = [`${name}-1`, `${name}-2`];
    const first = stage.venue.entries.length;
    const launcher = await startBot(stage, name, old, ["--isolation", tier]);
    try {
      const pid = pidOf(await onBoth(name, old, first));
      const [from, printed] = [stage.venue.entries.length, launcher.stdout.length];
      await leave(name, old);
      await onBoth(name, next, from);
      expect(await judge(name, { next, from })).toEqual({
        pids: [pid],
        after: [proxyOf(stage, next).exitIp],
        isLeasedFirst: true,
      });
      expect(launcher.stdout.slice(printed).join("\n")).toMatch(/^stream closed/m);
    } finally {
      await launcher.end();
      await mend?.(old);
      await stage.launch(["proxy", "check", old]);
      await ok(stage, ["revive", name, old]);
    }
  },
);

/** Waits until requests and the stream of the bot come from there. */
async function onBoth(name: string, label: string, from: number): Promise<VenueEntry> {
  const { exitIp } = proxyOf(stage, label);
  const there = () => visits(name, from).filter(({ peer }) => peer === exitIp);
  const kinds = await eventually(there, (seen) => new Set(seen.map(({ kind }) => kind)).size === 3, 60_000);
  return kinds[0] as VenueEntry;
}

function visits(name: string, from: number): readonly VenueEntry[] {
  return stage.venue.entries.slice(from).filter(({ account }) => account === name);
}

/** Which processes the venue saw, and from where since the first visit through the next exit; before that visit the exit was proven and leased. */
async function judge(name: string, { next, from }: { readonly next: string; readonly from: number }) {
  const { exitIp } = proxyOf(stage, next);
  const seen = visits(name, from);
  const first = seen.findIndex(({ peer }) => peer === exitIp);
  const { uses } = JSON.parse(await ok(stage, ["account", "history", name, "--json", "--limit", "1"]));
  return {
    pids: [...new Set(seen.map(pidOf))],
    after: [...new Set(seen.slice(first).map(({ peer }) => peer))],
    isLeasedFirst: Date.parse(uses[0].from) <= (seen[first]?.at ?? 0),
  };
}
