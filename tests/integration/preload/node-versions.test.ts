import { afterAll, beforeAll, expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";
import { clients } from "./clients.ts";
import { nodes, onNodes } from "./nodes.ts";
import { startTunnelLab, type TunnelLab, tunnel } from "./tunnel-lab.ts";

const observe = builtFile("preload/preload/observe.js");
// The Node that runs this has every client in tunnel.test.ts.
const others = nodes.slice(1);
let lab: TunnelLab;

beforeAll(async () => {
  lab = await startTunnelLab();
});
afterAll(() => lab.close());

test.each(onNodes(clients, others))("%s goes through the relay", async (_, node, [, code]) => {
  const ended = await lab.run(code, { node: node.path, preloads: [tunnel, observe] });
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/peer\W+127\.88\.0\.1/);
});

test.each(others)("$name: UDP and native handles are refused", async ({ path: node }) => {
  const ended = await lab.run(
    `const { TCP, TCPConnectWrap } = process.binding("tcp_wrap");
       console.log(new TCP(0).connect(new TCPConnectWrap(), "203.0.113.9", 443));
       const s = require("dgram").createSocket("udp4"); s.send("x", 53, "203.0.113.9", (e) => { console.log(e.code); s.close(); });`,
    { node },
  );
  expect(ended.stdout).toBe("-1\nEPERM\n");
});

test.each(others)(
  "$name: a program that asks for every deprecation sees none of ours",
  async ({ path: node }) => {
    const ended = await lab.run(`console.log("fine")`, { node, flags: ["--pending-deprecation"] });
    expect(ended).toEqual({ code: 0, signal: null, stdout: "fine\n", stderr: "" });
  },
);

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
