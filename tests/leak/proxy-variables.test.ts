import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BenchUpstream, LeakBench } from "../../lib/leak-check/bench/leak-bench.ts";
import { openBench } from "../../lib/leak-check/bench/open-bench.ts";
import { judgeTraffic } from "../../lib/leak-check/leak-verdict.ts";
import { type LabProcess, startLabProcess } from "../lab/lab-process.ts";
import { patient } from "../patience/patience.ts";
import { builtFile } from "../support/built.ts";
import { nodeOfMajor } from "../support/node-versions.ts";
import { useLeakLab } from "./lab/use-leak-lab.ts";

// Programs that take the proxy from variables by themselves, in tiers that have their own way: neither may get between the
// other and the proxy, so that one request is one CONNECT, with the target's name.
const here = useLeakLab();
const exit = "198.51.100.30";
const upstream: BenchUpstream = {
  scheme: "http",
  host: "198.51.100.1",
  port: 4_100,
  user: "lab",
  secret: "p4ss",
};
const package_ = fileURLToPath(new URL("../..", import.meta.url));
let proxy: LabProcess | undefined;

beforeAll(async () => {
  const { host, port, user, secret } = upstream;
  const names = { [here.lab.addresses.targetName]: here.lab.addresses.target };
  const spec = {
    kind: "http-proxy",
    listen: { host, port },
    exitAddress: exit,
    user,
    pass: secret,
    names,
  } as const;
  proxy = await startLabProcess(spec, builtFile("tests/lab/main.js"), here.lab.internet);
});
afterAll(() => proxy?.close());

interface Asker {
  readonly name: string;
  readonly node: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const secure = `require("https").get("https://" + process.env.VENUE, (r) => r.pipe(process.stdout))`;
const plain = `require("http").get("http://" + process.env.VENUE, (r) => r.pipe(process.stdout))`;
const fetches = `fetch("https://" + process.env.VENUE).then((r) => r.text()).then(console.log)`;
// What somebody once wrote into the bot's settings; the launcher's word is the one that counts.
const stale = {
  GLOBAL_AGENT_HTTP_PROXY: "http://127.0.0.1:9",
  GLOBAL_AGENT_HTTPS_PROXY: "http://127.0.0.1:9",
};

const running = { node: process.execPath, env: stale };
const askers: readonly Asker[] = [
  ...[24, 26].flatMap(heedingEnvProxy),
  { name: "global-agent, preloaded", words: ["-r", "global-agent/bootstrap", "-e", secure], ...running },
  { name: "global-agent, preloaded, http", words: ["-r", "global-agent/bootstrap", "-e", plain], ...running },
  {
    name: "global-agent, bootstrap()",
    words: ["-e", `require("global-agent").bootstrap(); ${secure}`],
    ...running,
  },
];

// A Node that cannot be fetched has said so, and fails in CI.
function heedingEnvProxy(major: number): readonly Asker[] {
  const node = nodeOfMajor(major);
  if (node === undefined) return [];
  return Object.entries({ secure, plain, fetches }).map(([name, code]) => ({
    name: `${name}, Node ${major}`,
    node,
    words: ["-e", code],
    env: { NODE_USE_ENV_PROXY: "1" },
  }));
}

describe.each(["kernel", "preload", "env"] as const)("%s", (tier) => {
  test(`one request of a program that heeds proxy variables is one request at the proxy in the ${tier} tier`, async () => {
    const { botSide, addresses } = here.lab;
    const { publicRanges } = addresses;
    const bench = await openBench({ tier, botSide, upstream, publicRanges, ports: [] });
    try {
      for (const asker of askers) {
        const port = asker.words.includes(plain) ? 80 : 443;
        expect(await ask(bench, asker)).toEqual({
          asked: asker.name,
          targets: [`${addresses.targetName}:${port}`],
          verdict: "proxied",
          why: `the target saw ${exit}`,
          code: 0,
          output: `{"peer":"${exit}"}`,
        });
      }
    } finally {
      await bench.close();
    }
  });
});

async function ask(bench: LeakBench, { name, node, words, env }: Asker) {
  const { lab } = here;
  const known = { targets: await targetsSeen(), arrivals: await lab.arrivals(), meter: await lab.meter() };
  const { code, output } = await bench.run({
    command: [node, ...words],
    cwd: package_,
    env: {
      PATH: "/usr/bin:/bin",
      VENUE: lab.addresses.targetName,
      NODE_EXTRA_CA_CERTS: lab.caFile ?? "",
      ...env,
    },
    timeoutMs: patient(10_000),
  });
  const arrivals = (await lab.arrivals()).slice(known.arrivals.length);
  const evidence = { arrivals, before: known.meter, after: await lab.meter(), direct: lab.addresses.direct };
  const targets = (await targetsSeen()).slice(known.targets.length);
  return { asked: name, targets, ...judgeTraffic(evidence), code, output: output.trim() };
}

async function targetsSeen(): Promise<readonly string[]> {
  const news = await proxy?.order({ do: "counters" });
  if (news?.type !== "counters") throw new Error("The proxy tells nothing.");
  return news.counters.targets;
}
