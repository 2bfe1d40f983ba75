import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, proxyOf, verdictsOf } from "../../support/e2e-stage.ts";

// A host whose firewall lets proxies through and nothing else: another vendor's gateway tells whether it has a network.
let stage: Stage;
let port: number;
const gateway = createServer((socket) => socket.on("error", () => {}));
const stopGateway = () => new Promise((resolve) => gateway.close(resolve));
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" }, yaml: () => "  direct: off" });
  await addAccount(stage, "alice", ["fra-1"]);
  // Another address of the loopback: another vendor's host, which alice has not.
  await once(gateway.listen(0, "127.0.0.9"), "listening");
  ({ port } = gateway.address() as AddressInfo);
  await ok(stage, ["proxy", "add", "spare", "--proxy-endpoint", `http://127.0.0.9:${port}`]);
  await proxyOf(stage, "fra-1").process.kill();
});
afterAll(async () => {
  await stopGateway();
  await stage.close();
});

const startAlice = () =>
  stage.launch(["bot", "--account", "alice", "--isolation", "env", "--", "sleep", "3"]);

test("with network.direct off, a dead proxy is blamed for nothing while no other vendor's gateway answers, which is named", async () => {
  await stopGateway();
  const before = await verdictsOf(stage);
  const result = await startAlice();
  expect([result.exitCode, result.stderr]).toEqual([
    75,
    expect.stringMatching(new RegExp(`LAUNCH_HOST_OFFLINE .*fra-1 .*127\\.0\\.0\\.9:${port}`)),
  ]);
  expect(await verdictsOf(stage)).toEqual(before);
});

test("and counts as down once such a gateway accepts a connection; no witness was asked without a proxy", async () => {
  await once(gateway.listen(port, "127.0.0.9"), "listening");
  const result = await startAlice();
  expect([result.exitCode, result.stderr]).toEqual([
    75,
    expect.stringMatching(/LAUNCH_PROXY_UNAVAILABLE .*fra-1 /),
  ]);
  const { proxies } = JSON.parse(await ok(stage, ["proxy", "ls", "--json"]));
  expect(proxies).toContainEqual(expect.objectContaining({ label: "fra-1", state: "down" }));
  for (const witness of stage.witnesses)
    expect(await witness.order({ do: "counters" })).toEqual({ type: "peers", peers: [] });
});
