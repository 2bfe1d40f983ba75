import { spawn } from "node:child_process";
import { eventually } from "../eventually.ts";
import { finish } from "../operator/launch-program.ts";
import { collectFrom, endOf, type Manager, managed, ownGroups, removeGroup } from "./manager.ts";

const script = `
mount -t tmpfs -o mode=755 none /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chown "$uid:$gid" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
for each in $groups; do echo $$ >"$each/cgroup.procs"; done
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups sh -c '
  dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile &
  exec systemd --user --log-target=console'
`;

/** Starts a real `systemd --user`, with a bus and a /run of its own, for a home that belongs to its user. */
export async function startUserManager(home: string, path: string): Promise<Manager> {
  const runtime = `/run/user/${managed.uid}`;
  const env = {
    PATH: path,
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
  };
  const groups = ownGroups();
  const root = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-euc", script], {
    cwd: home,
    env: { ...env, uid: String(managed.uid), gid: String(managed.gid), groups: groups.join(" ") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const said = collectFrom(root);
  const run = (file: string, words: readonly string[], input?: string) => {
    const drop = ["setpriv", `--reuid=${managed.uid}`, `--regid=${managed.gid}`, "--clear-groups"];
    const inside = [`--mount=/proc/${root.pid}/ns/mnt`, `--wd=${home}`, ...drop, file, ...words];
    return finish(spawn("nsenter", inside, { cwd: home, env }), input);
  };
  const systemctl = (...words: readonly string[]) => run("systemctl", ["--user", "--no-pager", ...words]);
  await eventually(
    () => systemctl("is-system-running"),
    ({ stdout }) => stdout.trim() === "running",
    20_000,
  );
  return {
    run,
    systemctl,
    show: async (unit, property) => (await systemctl("show", unit, "--value", "-p", property)).stdout.trim(),
    log: said,
    async close() {
      await systemctl("exit");
      await endOf(root);
      for (const each of groups) await removeGroup(each);
    },
  };
}
