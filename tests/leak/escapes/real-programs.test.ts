import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LeakRow } from "../../../lib/leak-check/find-leaks.ts";
import { patient, patientSeconds } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { signalGroup } from "../../support/processes/signal.ts";
import { shellClient } from "../clients/inline-client.ts";
import { whyUntested } from "../lab/needed-program.ts";
import { story, useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();
const tests = { timeout: patient(150_000) };

/** A program that is open outside, and one of its kind that a bot starts. */
interface Meeting {
  readonly name: string;
  readonly program: string;
  /** Too big for every machine that runs the tests: skipped with its name where it is absent. */
  readonly isBig?: true;
  /** Shell lines, with $HOME on which both agree. */
  readonly outside: string;
  readonly ready: (home: string) => string;
  readonly inside: string;
  /** What becomes of the bot's work where nobody takes it over. */
  readonly honest: "refused" | "proxied";
}

const visit = `curl --silent --max-time ${patientSeconds(5)} http://$LEAK_IPV4/$LEAK_TAG`;
// Of itself it talks to its maker; what is counted here is the bot's alone.
const chromium =
  "xvfb-run -a chromium --no-sandbox --no-first-run --disable-background-networking --disable-component-update --host-resolver-rules='MAP * ~NOTFOUND , EXCLUDE 203.0.113.10' --user-data-dir=$HOME/profile";
const uid = process.getuid?.() ?? 0;
const meetings: readonly Meeting[] = [
  {
    name: "tmux at home",
    program: "/usr/bin/tmux",
    outside: "exec tmux -D -f /dev/null -S $HOME/tmux.sock",
    ready: (home) => join(home, "tmux.sock"),
    inside: `tmux -S $HOME/tmux.sock run-shell "${visit}"`,
    honest: "refused",
  },
  {
    name: "tmux at its usual place",
    program: "/usr/bin/tmux",
    outside: "exec tmux -D -f /dev/null -L slipway-real",
    ready: () => `/tmp/tmux-${uid}/slipway-real`,
    inside: `tmux -L slipway-real run-shell "${visit}"`,
    honest: "refused",
  },
  {
    name: "Emacs",
    program: "/usr/bin/emacs",
    isBig: true,
    outside: "exec emacs --fg-daemon=slipway-real -Q",
    ready: () => `/tmp/emacs${uid}/slipway-real`,
    inside: `emacsclient -s slipway-real -e "(shell-command-to-string \\"${visit}\\")"`,
    honest: "refused",
  },
  {
    name: "dirmngr",
    program: "/usr/bin/dirmngr",
    outside: "mkdir -m 700 -p $HOME/gnupg; exec dirmngr --homedir $HOME/gnupg --daemon --no-detach",
    ready: (home) => join(home, "gnupg", "S.dirmngr"),
    inside:
      "gpg --homedir $HOME/gnupg --batch --keyserver hkp://$LEAK_IPV4:80 --recv-keys 0123456789ABCDEF0123456789ABCDEF01234567",
    honest: "refused",
  },
  {
    name: "Chromium, started by a script",
    program: "/usr/bin/chromium",
    isBig: true,
    outside: `exec ${chromium} about:blank`,
    ready: (home) => join(home, "profile", "SingletonLock"),
    inside: "sh $HOME/browse.sh",
    honest: "proxied",
  },
];

let home: string;
let outside: ChildProcess[];
beforeEach(() => {
  // Not in /tmp, where every place is the bot's own.
  home = mkdtempSync("/dev/shm/slipway-real-");
  outside = [];
  writeFileSync(join(home, "browse.sh"), `${chromium} http://$LEAK_IPV4/$LEAK_TAG\n`);
});
afterEach(async () => {
  for (const child of outside) await endGroup(child);
  rmSync(home, { recursive: true, force: true });
});

describe("a program of a bot beside one of its kind outside", () => {
  test.each(meetings)(
    "$name: its work is taken over from any network, and in the kernel tier by nobody",
    tests,
    async (meeting) => {
      const why = whyNotHere(meeting);
      if (why !== undefined) return;
      await open(meeting.outside, meeting.ready(home));
      const client = {
        ...shellClient(meeting.name, meeting.inside),
        cwd: home,
        env: { HOME: home },
        timeoutMs: patient(15_000),
      };
      const [kept] = await here.search({ tier: "kernel", clients: [client] });
      expect(story([kept as LeakRow])).toContain(`kernel ${meeting.name}: ${meeting.honest}`);
      // Nothing can leave from an empty network: what leaves all the same, the program outside has sent.
      const empty = ["unshare", "--user", "--map-current-user", "--net", "--", "/bin/sh", ...client.words];
      const [control] = await here.search({
        tier: "direct",
        clients: [{ ...client, program: "other", words: empty }],
      });
      expect(story([control as LeakRow])).toContain(`direct ${meeting.name}: LEAK`);
    },
  );

  test("Chromium with a profile that is open outside is refused by its name", tests, async (context) => {
    const meeting = meetings.at(-1) as Meeting;
    const why = whyNotHere(meeting);
    if (why !== undefined) return context.skip(why);
    await open(meeting.outside, meeting.ready(home));
    const words = ["chromium", "--no-sandbox", `--user-data-dir=${home}/profile`, "http://203.0.113.10/"];
    const [row] = await here.search({
      tier: "kernel",
      clients: [{ name: "chromium", program: "other", words, cwd: home }],
    });
    expect(row?.verdict).toBe("refused");
    expect(row?.why).toMatch(
      new RegExp(`Another process \\(\\d+\\) uses the browser profile ${home}/profile`),
    );
  });

  test(
    "ssh does not leave by a master connection outside, wherever its socket came from",
    tests,
    async (context) => {
      const why =
        whyUntested("/usr/sbin/sshd") ?? (uid === 0 ? undefined : "NOT TESTED: only root can serve ssh.");
      if (why !== undefined) return context.skip(why);
      await serveSsh();
      const options = `-F none -i $HOME/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -S $HOME/master -p 2222 root@$LEAK_IPV4`;
      await open(`exec ssh -M -N ${options.replace("$LEAK_IPV4", "203.0.113.10")}`, join(home, "master"));
      const client = { ...shellClient("ssh", `ssh ${options} true`), cwd: home, env: { HOME: home } };
      const [kept] = await here.search({ tier: "kernel", clients: [client] });
      expect(story([kept as LeakRow])).toContain("kernel ssh: refused");
      const empty = ["unshare", "--user", "--map-current-user", "--net", "--", "/bin/sh", ...client.words];
      const [control] = await here.search({
        tier: "direct",
        clients: [{ ...client, program: "other", words: empty }],
      });
      expect(story([control as LeakRow])).toContain("direct ssh: LEAK");
    },
  );
});

function whyNotHere({ program, isBig }: Meeting): string | undefined {
  if (!isBig) return whyUntested(program);
  // Its tree may take longer to end than a busy machine has patience for.
  const isLeftToFull = process.env["LAUNCH_TEST_SIZE"] !== "full";
  if (existsSync(program) && !isLeftToFull) return undefined;
  const why = isLeftToFull
    ? `NOT TESTED: ${program} is tried by npm run test:full.`
    : `NOT TESTED: there is no ${program} here, which is too big to be installed for this.`;
  process.stderr.write(`${why}\n`);
  return why;
}

/** Starts a shell line on the bots' side, with no protection, and waits for the file that it makes. */
async function open(line: string, ready: string): Promise<void> {
  await start([...here.lab.botSide, "/bin/sh", "-c", line]);
  await eventually(
    () => lstatSync(ready, { throwIfNoEntry: false }) !== undefined,
    (isThere) => isThere,
  );
}

async function serveSsh(): Promise<void> {
  for (const key of ["key", "host"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, key)]);
  mkdirSync("/run/sshd", { recursive: true });
  chmodSync(home, 0o755);
  const options = [
    "ListenAddress=203.0.113.10:2222",
    `AuthorizedKeysFile=${home}/key.pub`,
    "StrictModes=no",
    "UsePAM=no",
    "PermitRootLogin=yes",
    `PidFile=${home}/sshd.pid`,
  ];
  const words = [
    "/usr/sbin/sshd",
    "-D",
    "-f",
    "/dev/null",
    "-h",
    join(home, "host"),
    ...options.flatMap((option) => ["-o", option]),
  ];
  await start([...here.lab.internet, ...words]);
  await eventually(
    () => existsSync(join(home, "sshd.pid")),
    (isThere) => isThere,
  );
}

async function start([file = "", ...args]: readonly string[]): Promise<void> {
  const env = { PATH: "/usr/sbin:/usr/bin:/bin", HOME: home, LC_ALL: "C.UTF-8" };
  const child = spawn(file, args, { cwd: home, env, stdio: "ignore", detached: true });
  outside.push(child);
  await once(child, "spawn");
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  signalGroup(child.pid, "SIGKILL");
  await ended;
}
