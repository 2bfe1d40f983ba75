import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeNetwork } from "../../../../lib/adapters/isolation/network/network.ts";
import { startSetup } from "../../../../lib/adapters/isolation/network/setup-process.ts";
import { whetherItWorks } from "../../../../lib/adapters/isolation/probe.ts";
import { eventually } from "../../../support/eventually.ts";

const busy = { code: "LAUNCH_HOST_LIMIT", message: expect.stringContaining("too busy") };

test("a host that does not ready a network in time is busy, which says nothing of the tier: it passes, and no other tier is chosen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-slow-"));
  const slow = join(folder, "slow");
  writeFileSync(slow, "#!/bin/sh\nexec sleep 1000\n");
  chmodSync(slow, 0o755);
  const tools = { unshare: slow, sh: "sh", ip: "ip", mount: "mount", umount: "umount", setpriv: "setpriv" };
  const options = { tools, privilege: "root", ports: [], local: [], searchDomains: [], hostName: "here" };
  const inside = { insideScript: "none", node: process.execPath, withinMs: 50 };
  const making = makeNetwork({ ...options, ...inside } as unknown as Parameters<typeof makeNetwork>[0]);
  await expect(whetherItWorks(() => making)).rejects.toMatchObject(busy);
  rmSync(folder, { recursive: true });

  // The same for the file view, once the network is ready.
  const setup = startSetup(["sleep", "1000"], 50);
  const files = { steps: [], covered: Promise.resolve([]), onEmptyTmp: () => {} };
  await expect(setup.furnish(files)).rejects.toMatchObject(busy);
  await eventually(
    () => isLive(setup.pid),
    (lives) => !lives,
  );
});

function isLive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
