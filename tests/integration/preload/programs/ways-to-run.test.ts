import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes, onNodes } from "../nodes.ts";
import { startTunnelLab, type TunnelLab } from "../tunnel-lab.ts";

let lab: TunnelLab;
let folder = "";

beforeAll(async () => {
  lab = await startTunnelLab();
  folder = mkdtempSync(join(tmpdir(), "slipway-ways-"));
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});

const getTime = () =>
  `require("https").get("https://venue.test:${lab.venue.port}/time", (r) => r.on("data", (d) => console.log(String(d)))`;
const file = (name: string, code: string): string => {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
};

const withFlag = nodes.filter(({ name }) => name !== "Node 20");
test.each(onNodes([["--use-env-proxy"]] as const, withFlag))(
  "%s goes through the relay once",
  async (_, node) => {
    const before = lab.proxy.counters().requests;
    const ended = await lab.run(`${getTime()})`, { node: node.path, flags: ["--use-env-proxy"] });
    expect(ended.stdout).toContain("127.88.0.1");
    expect(lab.proxy.counters().requests).toBe(before + 1);
  },
);

test.each(onNodes([["node --test"]] as const))(
  "%s: what a test asks goes through the relay",
  async (_, node) => {
    const test = `require("node:test")("asks", (t, done) => { ${getTime()}.on("end", done)); })`;
    const ended = await lab.run("", { node: node.path, args: ["--test", file("asks.test.cjs", test)] });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("127.88.0.1") });
  },
);

// The launcher takes it for no Node program; what it runs is guarded all the same.
test.each(onNodes([["node --watch"]] as const))(
  "%s: what is watched goes through the relay",
  async (_, node) => {
    const code = `${getTime()}.on("end", () => process.kill(process.ppid, "SIGTERM")))`;
    const ended = await lab.run("", { node: node.path, args: ["--watch", file("watched.cjs", code)] });
    expect(ended.stdout).toContain("127.88.0.1");
  },
);

// Building one takes ten seconds. The second is what the launcher kills for want of a hello (tests/e2e/preload-tier.test.ts).
const builder = nodes.find(({ name }) => name === "Node 26");
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const applications = [
  ["goes through the relay", {}, "127.88.0.1"],
  ["that takes no NODE_OPTIONS knows no proxy", { execArgvExtension: "none" }, "ENOTFOUND"],
] as const;
test.runIf(builder !== undefined).each(applications.slice(0, isFull ? 2 : 1))(
  "a single executable application %s",
  async (_, options, printed) => {
    const main = file("alone.cjs", `${getTime()}).on("error", (e) => console.log(e.code))`);
    const output = join(folder, "alone");
    const config = { main, output, disableExperimentalSEAWarning: true, ...options };
    execFileSync(builder?.path ?? "", ["--build-sea", file("alone.json", JSON.stringify(config))]);
    const ended = await lab.run("", { node: output, args: [] });
    expect(ended.stdout).toContain(printed);
  },
);
