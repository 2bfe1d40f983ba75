import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  isRoot,
  openIsolationRig,
  ordinaryUid,
  path,
} from "../isolation-rig.ts";

const takesWork = fixture("takes-work.mjs");
const handsOver = fixture("hands-work-over.mjs");

let rig: IsolationRig;
let closers: Array<() => unknown>;
beforeEach(() => {
  rig = openIsolationRig();
  closers = [];
});
afterEach(async () => {
  await rig.close();
  for (const close of closers.reverse()) await close();
});

forEachPrivilege((privilege) => {
  const uid = privilege === "rootless" && isRoot ? ordinaryUid : (process.getuid?.() ?? 0);

  test("no work reaches a program outside that listened before the start, wherever and however it was bound", async () => {
    const places = placesIn([folderIn("/tmp", uid), folderIn("/var/tmp", uid), folderIn("/dev/shm", uid)]);
    const outside = await programOutside(uid);
    for (const place of places) await outside.listen(place);
    const paths = places.map(pathOf);
    const launcher = await rig.launcher(privilege);
    expect(refused(await launcher.shell(words(paths)))).toEqual(paths);
    expect(outside.taken()).toEqual([]);
    // The same without a tier: every one is served.
    expect(refused(await direct(paths, uid))).toEqual([]);
    expect(outside.taken().length).toBe(paths.length);
  });

  test("nor one that listens only since the network was begun", async () => {
    const launcher = await rig.launcher(privilege);
    expect(await launcher.order("begin")).toEqual({ kind: "works" });
    const outside = await programOutside(uid);
    const [place = ""] = placesIn([folderIn("/dev/shm", uid)]);
    await outside.listen(place);
    expect(refused(await launcher.shell(words([pathOf(place)])))).toEqual([pathOf(place)]);
    expect(outside.taken()).toEqual([]);
  });

  test("a daemon is found that bound a name in the folder in which it was started, and left it", async () => {
    const folder = folderIn("/dev/shm", uid);
    const outside = await programOutside(uid, folder);
    await outside.listen(`left ${join(folder, "daemon")}`);
    const launcher = await rig.launcher(privilege);
    expect(await launcher.shell(words([join(folder, "daemon")]))).toContain("ECONNREFUSED");
  });

  test("a covered socket that is made anew at its place is named", async () => {
    // There a number is given out again at once.
    const onDisk = isRoot ? "/var/lib" : homedir();
    const path = join(folderIn(onDisk, uid), "plain");
    const outside = await programOutside(uid);
    await outside.listen(`plain ${path}`);
    const launcher = await rig.launcher(privilege);
    await launcher.start(["sleep", "100"]);
    await outside.listen(`anew ${path}`);
    await launcher.heard("sockets", ({ news }) => news.type === "appeared" && news.path === path);
  });

  test("in the bot's own /tmp nobody outside answers who comes later; in a shared one he does, and is named", async () => {
    const outside = await programOutside(uid);
    for (const tmp of ["own", "shared"] as const) {
      const folder = folderIn("/tmp", uid);
      const launcher = await rig.launcher(privilege, { tmp });
      const { end } = await launcher.start([
        process.execPath,
        handsOver,
        "--after",
        join(launcher.folder, "go"),
        join(folder, "late"),
      ]);
      await launcher.printed("waits");
      await outside.listen(`plain ${join(folder, "late")}`);
      writeFileSync(join(launcher.folder, "go"), "");
      await end;
      expect(launcher.output()).toContain(tmp === "own" ? "late: ECONNREFUSED" : "late: taken");
      if (tmp === "shared")
        await launcher.heard(
          "sockets",
          ({ news }) => news.type === "appeared" && news.path === join(folder, "late"),
        );
    }
    expect(outside.taken().length).toBe(1);
  });

  test("a bot's /tmp shows what is there, takes the bot's own work, and keeps it over a restart and not beyond", async () => {
    const folder = folderIn("/tmp", uid);
    writeFileSync(join(folder, "there"), "readable");
    const launcher = await rig.launcher(privilege);
    const own = `${JSON.stringify(join(folder, "own.sock"))}`;
    expect(
      await launcher.node(`import { createServer, connect } from "node:net"; import { readFileSync, writeFileSync } from "node:fs";
        writeFileSync("${folder}/written", "by the bot"); writeFileSync("/var/tmp/slipway-written", "");
        createServer((socket) => socket.end("own work")).listen(${own}, () =>
          connect(${own}).on("data", (text) => { console.log(String(text), readFileSync("${folder}/there", "utf8")); process.exit(); }));`),
    ).toBe("own work readable\n");
    expect(await launcher.shell(`cat ${folder}/written; ls /var/tmp/slipway-written`)).toBe(
      "by the bot/var/tmp/slipway-written\n",
    );
    expect(readdirSync(folder)).toEqual(["there"]);
    expect(existsSync("/var/tmp/slipway-written")).toBe(false);
  });

  test("what a bot writes in its working folder in /tmp stays there, and nothing is left of its /tmp when its launcher is killed", async () => {
    const launcher = await rig.launcher(privilege);
    const { end } = await launcher.start([
      "sh",
      "-c",
      `echo kept >mine; echo lost >/tmp/slipway-lost-${uid}`,
    ]);
    await end;
    expect(readdirSync(launcher.folder).sort()).toEqual(["mine", "state"]);
    launcher.process.kill("SIGKILL");
    await once(launcher.process, "exit");
    expect(existsSync(`/tmp/slipway-lost-${uid}`)).toBe(false);
    expect(readdirSync(join(launcher.folder, "state"), { recursive: true }).length).toBeLessThanOrEqual(2);
  });

  test("a socket that local names is reachable in the bot's own /tmp, and its neighbour is not", async () => {
    const folder = folderIn("/tmp", uid);
    const [named, other] = [join(folder, "named"), join(folder, "other")];
    const outside = await programOutside(uid);
    for (const place of [named, other]) await outside.listen(place);
    const launcher = await rig.launcher(privilege, { local: [`unix:${named}`] });
    expect(await launcher.shell(words([named, other]))).toBe(
      `${named}: taken, done\n${other}: ECONNREFUSED\n`,
    );
  });

  test("where the host's /tmp cannot be laid under the bot's, it starts empty but for the working folder, and that is said", async () => {
    const mounted = folderIn("/tmp", uid);
    const within = `mount -t tmpfs none ${mounted}`;
    const launcher = await rig.launcher("rootless", { within });
    const seen = await launcher.shell("ls -A /tmp; touch /tmp/own && ls /tmp/own; pwd; ls -A");
    expect(seen).toBe(`${basename(launcher.folder)}\n/tmp/own\n${launcher.folder}\nstate\n`);
    await launcher.heard("said", ({ text }) => text.startsWith("the bot's /tmp starts empty"));
  });

  test("a bot does not hand work to a program that another bot of the same user started", async () => {
    const folder = folderIn("/dev/shm", uid);
    const first = await rig.launcher(privilege);
    const listening = JSON.stringify(`renamed ${join(folder, "master")}`);
    await first.start(["sh", "-c", `(echo ${listening}; exec sleep 100) | ${process.execPath} ${takesWork}`]);
    await first.printed("listens");
    const second = await rig.launcher(privilege);
    expect(await second.shell(words([join(folder, "master")]))).toContain("ECONNREFUSED");
    expect(first.output()).not.toContain("took");
  });
});

test("a socket is covered wherever its folder is mounted too", async () => {
  const uid = isRoot ? ordinaryUid : (process.getuid?.() ?? 0);
  const [folder, second] = [folderIn("/dev/shm", uid), folderIn("/dev/shm", uid)];
  const outside = await programOutside(uid);
  await outside.listen(`plain ${join(folder, "plain")}`);
  const within = `mount --bind ${folder} ${second}`;
  const launcher = await rig.launcher("rootless", { within });
  expect(await launcher.shell(words([join(folder, "plain"), join(second, "plain")]))).toBe(
    `${join(folder, "plain")}: ECONNREFUSED\n${join(second, "plain")}: ECONNREFUSED\n`,
  );
});

/** One place for each way in which programs bind. */
function placesIn(folders: readonly string[]): readonly string[] {
  const ways = ["plain", "renamed", "linked", "twice", "relative"];
  return folders.flatMap((folder) => ways.map((way) => `${way} ${join(folder, `a ${way} one`)}`));
}

function pathOf(place: string): string {
  return place.slice(place.indexOf("/"));
}

function words(paths: readonly string[]): string {
  return [process.execPath, handsOver, ...paths].map((word) => `'${word}'`).join(" ");
}

function refused(output: string): readonly string[] {
  return output.split("\n").flatMap((line) => /^(.*): ECONNREFUSED$/.exec(line)?.[1] ?? []);
}

async function direct(paths: readonly string[], uid: number): Promise<string> {
  const child = spawn(process.execPath, [handsOver, ...paths], {
    stdio: ["ignore", "pipe", "inherit"],
    ...as(uid),
  });
  let output = "";
  child.stdout.on("data", (text) => {
    output += String(text);
  });
  await once(child, "close");
  return output;
}

async function programOutside(uid: number, cwd = "/") {
  const { env, ...user } = as(uid);
  const child = spawn(process.execPath, [takesWork], {
    stdio: ["pipe", "pipe", "inherit"],
    ...user,
    cwd,
    env: { ...env, PWD: cwd },
  });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  closers.push(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  return {
    async listen(place: string): Promise<void> {
      const from = said.length;
      child.stdin.write(`${place}\n`);
      while (!said.slice(from).includes(`listens ${pathOf(place)}`)) await once(lines, "line");
    },
    taken: () => said.filter((line) => line.startsWith("took ")),
  };
}

function as(uid: number) {
  return { env: { PATH: path }, ...(uid === process.getuid?.() ? {} : { uid, gid: uid }) };
}

function folderIn(parent: string, uid: number): string {
  const folder = mkdtempSync(join(parent, "slipway-outside-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  chownSync(folder, uid, uid);
  return folder;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/leak/${name}`, import.meta.url));
}
