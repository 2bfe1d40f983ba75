import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok } from "../../support/e2e-stage.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
let stage: Stage;

beforeAll(async () => {
  if (hasIpv6) stage = await e2eStage({ proxies: { fra: "http", ams: "http" }, hasIpv6 });
});
afterAll(async () => {
  if (hasIpv6) await stage.close();
});

test("a bot whose proxy has IPv4 and IPv6 shows both, and another account on the same IPv6 network is refused", async ({
  skip,
}) => {
  skip(!hasIpv6, "this host has no IPv6 loopback address");
  await addAccount(stage, "alice", ["fra"], ["--venue", "binance", "--new-venue"]);
  await addAccount(stage, "bob", ["ams"], ["--venue", "binance"]);
  const launcher = stage.start(["bot", "--account", "alice"]);
  await launcher.line(/fra +127\.0\.0\.11 +::1 .*proven 4\/4 lab/);
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"]));
  expect(runs).toMatchObject([{ unit: "alice", exit_ip: "127.0.0.11", exit_ips: ["127.0.0.11", "::1"] }]);
  const refused = await stage.launch(["bot", "--account", "bob"]);
  expect(refused.stderr).toContain("leaves from ::1, which alice holds for binance");
  expect(refused.exitCode).toBe(75);
  const { proxies } = JSON.parse(await ok(stage, ["proxy", "check", "--json"]));
  expect(proxies).toMatchObject([
    { proxy: "ams", exit_ips: ["127.0.0.12", "::1"], same_exit_as: ["fra"] },
    { proxy: "fra", exit_ips: ["127.0.0.11", "::1"], same_exit_as: ["ams"] },
  ]);
});
