import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { finish } from "../operator/launch-program.ts";
import { signal } from "../processes/signal.ts";
import { collectFrom, endOf, type Manager, managed, ownGroups, removeGroup } from "./manager.ts";

// It is the first process of its own namespace, and sees no unit of the host.
const script = `
for each in $groups; do echo $$ >"$each/cgroup.procs"; done
exec unshare --pid --fork --kill-child --mount --cgroup --uts --propagation private sh -euc '
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 none /run
  mkdir -p /run/systemd/system /run/lock
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 none /sys/fs/cgroup
  else
    mount -t tmpfs -o mode=755 none /sys/fs/cgroup
    mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
    mount -t cgroup2 none /sys/fs/cgroup/unified
  fi
  # Apart from the host, and shared below: systemd mounts the credentials of a unit from a process of its own.
  mount --make-rshared /
  exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH="$units" \\
    /usr/bin/systemd --system --unit=test.target --log-target=console --show-status=no
'`;
const targets = ["test", "sysinit", "basic", "shutdown", "network-online", "local-fs", "multi-user"];

/** Starts a real system manager whose units are those of the folder, which it makes. */
export async function startSystemManager(home: string, path: string, units: string): Promise<Manager> {
  mkdirSync(units, { recursive: true });
  for (const name of targets) writeFileSync(join(units, `${name}.target`), "[Unit]\nDescription=A stub\n");
  const groups = ownGroups();
  const others = new Set(scopes());
  const env = { PATH: path, HOME: home };
  const root = spawn("sh", ["-euc", script], {
    cwd: home,
    env: { ...env, units, groups: groups.join(" ") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = collectFrom(root);
  const first = await eventually(
    () => readFileSync(`/proc/${root.pid}/task/${root.pid}/children`, "utf8").trim(),
    (pid) => pid !== "",
  );
  const enter = (words: readonly string[], input?: string) => {
    const inside = ["--target", first, "--mount", "--pid", "--cgroup", `--wd=${home}`, ...words];
    return finish(spawn("nsenter", inside, { cwd: home, env }), input);
  };
  const drop = ["setpriv", `--reuid=${managed.uid}`, `--regid=${managed.gid}`, "--clear-groups"];
  const systemctl = (...words: readonly string[]) => enter(["systemctl", "--no-pager", ...words]);
  await eventually(
    () => systemctl("is-active", "test.target"),
    ({ stdout }) => stdout.trim() === "active",
    20_000,
  );
  return {
    run: (file, words, input) => enter([...drop, file, ...words], input),
    systemctl,
    show: async (unit, property) => (await systemctl("show", unit, "--value", "-p", property)).stdout.trim(),
    log,
    async close() {
      // With the first process of a namespace all others end.
      signal(Number(first), "SIGKILL");
      await endOf(root);
      for (const each of [...groups, ...scopes().filter((found) => !others.has(found))])
        await removeGroup(each);
    },
  };
}

// Of version 1 it takes every controller that the host has, and starts at the top of each.
function scopes(): readonly string[] {
  return readdirSync("/sys/fs/cgroup").flatMap((controller) =>
    ["init.scope", "system.slice"]
      .map((name) => join("/sys/fs/cgroup", controller, name))
      .filter((group) => existsSync(group)),
  );
}
