import { chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proxyPassword } from "../../support/operator/engine-host.ts";
import { logTo, type ManagedHost, openManagedHost } from "../../support/systemd/managed-host.ts";
import { type Manager, managed, whyNoManager } from "../../support/systemd/manager.ts";
import { startSystemManager } from "../../support/systemd/system-manager.ts";

const why = whyNoManager();
const unitFolder = (home: string) => join(home, "units");
// The key file is not where bots see nothing anyway.
const keyFile = (home: string) => join(home, "elsewhere", "keys");
const program = (home: string) => `import { readFileSync, writeFileSync } from "node:fs";
const [result] = process.argv.slice(2);
const tried = [${JSON.stringify(keyFile(home))}, "/run/credentials/launch.service/launch-keys"].map((file) => {
  try { return readFileSync(file).length === 0 ? "empty" : "read"; } catch (error) { return error.code; }
});
writeFileSync(result, tried.join(" "));
setInterval(() => undefined, 1000);
`;

/** Control groups of this host, of any controller, that such a manager makes. */
function managersGroups(): readonly string[] {
  const names = ["init.scope", "system.slice", `launch-test-${process.pid}`];
  const folders = (path: string) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  const groups = folders("/sys/fs/cgroup").flatMap((top) => [top, ...folders(top)]);
  return groups.filter((group) => names.some((name) => group.endsWith(`/${name}`)));
}

let before: readonly string[];
let host: ManagedHost;
let manager: Manager;

describe.skipIf(why !== undefined && !process.env["CI"])(`under the host's systemd${why ?? ""}`, () => {
  beforeAll(async () => {
    before = managersGroups();
    host = await openManagedHost(program, unitFolder, async (home, path) => {
      mkdirSync(join(home, "elsewhere"));
      const started = await startSystemManager(home, path, unitFolder(home));
      for (const name of ["elsewhere", "units"]) chownSync(join(home, name), managed.uid, managed.gid);
      return started;
    });
    ({ manager } = host);
    const key = ["--key-file", keyFile(host.home)];
    await host.launch(["init", ...key]);
    await host.launch([...host.addAlice, ...key], `${proxyPassword}\n`);
    const generate = ["generate", "systemd", "--system", "--run-as", "nobody"];
    await host.launch([...generate, "--out", unitFolder(host.home), ...key]);
    host.dropIn("service.d", logTo(host.home));
    await manager.systemctl("daemon-reload");
  });
  afterAll(async () => {
    await host.close();
    expect(managersGroups(), "control groups are left").toEqual(before);
  });

  test("what hardens the units leaves the kernel tier whole, the key file is covered, and a bot does not see what was handed over either", async () => {
    const started = await manager.systemctl("start", "launch.service");
    expect(started.status, started.stderr + host.said()).toBe(0);
    expect(await manager.show("launch.service", "StatusText")).toBe("2 of 2 units run");
    expect(await manager.show("launch-db.service", "ActiveState")).toBe("active");
    expect(await manager.show("launch.service", "ProtectSystem")).toBe("full");
    expect(await host.running()).toContainEqual(
      expect.objectContaining({ unit: "alice", tier: "kernel", exit_ip: "127.0.0.11" }),
    );
    expect(JSON.parse(await host.launch(["status", "alice", "--json"]))).toMatchObject({
      units: [{ held_by_kernel: true }],
    });
    const found = (unit: string) => host.told(unit).split(" ");
    expect(found("alice")).toEqual(["EACCES", "empty"]);
    // A collector is enclosed by nothing but the unit, and is of the launcher's user.
    expect(found("funding")).toEqual(["EACCES", "read"]);
    await manager.systemctl("stop", "launch.service");
    expect(await manager.show("launch.service", "Result")).toBe("success");
  });
});
