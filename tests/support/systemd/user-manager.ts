import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { type Finished, finish } from "../operator/launch-program.ts";

/** Whom the manager and its units run as: nobody, who is on every host. */
export const managed = { uid: 65_534, gid: 65_534 };

/** A real `systemd --user`, with a bus and a /run of its own. */
export interface UserManager {
  /** Runs a program as the manager's user, where its bus is. */
  run(file: string, words: readonly string[], input?: string): Promise<Finished>;
  systemctl(...words: readonly string[]): Promise<Finished>;
  /** A property of a unit. */
  show(unit: string, property: string): Promise<string>;
  /** What its units have written. */
  log(): string;
  close(): Promise<void>;
}

/** Why no manager can be had here; undefined where one can. */
export function whyNoManager(): string | undefined {
  if (process.getuid?.() !== 0)
    return "NOT TESTED: only root can give a user manager a /run and control groups.";
  const missing = ["/usr/bin/systemd", "/usr/bin/dbus-daemon", "/usr/bin/systemd-notify"].find(
    (file) => !existsSync(file),
  );
  return missing === undefined ? undefined : `NOT TESTED: ${missing} is missing.`;
}

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

/** Starts the manager for a home that belongs to its user. */
export async function startUserManager(home: string, path: string): Promise<UserManager> {
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

// Of whatever kind this host's are: a manager needs one that belongs to its user.
function ownGroups(): readonly string[] {
  const name = `launch-test-${process.pid}`;
  const places = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"].filter((place) =>
    existsSync(join(place, "cgroup.procs")),
  );
  return places.map((place) => {
    const group = join(place, name);
    mkdirSync(group);
    for (const file of ["", ...readdirSync(group)]) chownSync(join(group, file), managed.uid, managed.gid);
    return group;
  });
}

// The bus is no unit, and ends with its group.
async function removeGroup(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  const pids = () => readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
  for (const pid of pids()) process.kill(Number(pid), "SIGKILL");
  await eventually(pids, ({ length }) => length === 0);
  rmdirSync(group);
}

function collectFrom(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  return () => text;
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
}
