import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";
import { clients } from "./clients.ts";
import { startTunnelLab, type TunnelLab, tunnel } from "./tunnel-lab.ts";

const observe = builtFile("preload/preload/observe.js");
const nodes = [22, 24, 26].flatMap((major) => {
  const node = nodeOfMajor(major);
  return node === undefined ? [] : [[`Node ${major}`, node] as const];
});
let lab: TunnelLab;

beforeAll(async () => {
  lab = await startTunnelLab();
});
afterAll(() => lab.close());

describe.each(nodes)("%s", (name, node) => {
  test.each(clients)(`${name}: %s goes through the relay`, async (_, code) => {
    const ended = await lab.run(code, { node, preloads: [tunnel, observe] });
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/peer\W+127\.88\.0\.1/);
  });

  test(`${name}: UDP and native handles are refused`, async () => {
    const ended = await lab.run(
      `const { TCP, TCPConnectWrap } = process.binding("tcp_wrap");
       console.log(new TCP(0).connect(new TCPConnectWrap(), "203.0.113.9", 443));
       const s = require("dgram").createSocket("udp4"); s.send("x", 53, "203.0.113.9", (e) => { console.log(e.code); s.close(); });`,
      { node },
    );
    expect(ended.stdout).toBe("-1\nEPERM\n");
  });

  test(`${name}: a program that asks for every deprecation sees none of ours`, async () => {
    const ended = await lab.run(`console.log("fine")`, { node, flags: ["--pending-deprecation"] });
    expect(ended).toEqual({ code: 0, signal: null, stdout: "fine\n", stderr: "" });
  });
});

const oldest = nodeOfMajor(18);
test.runIf(oldest !== undefined)(
  "Node 18, which cannot hand a socket over, is refused rather than let go direct",
  async () => {
    const ended = await lab.run(`console.log("ran")`, { node: oldest ?? "" });
    expect(ended).toMatchObject({
      code: 78,
      stdout: "",
      stderr: expect.stringContaining("kReinitializeHandle"),
    });
  },
);
