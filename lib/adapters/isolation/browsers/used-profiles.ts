import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { linkAt, orNothing, realPathOf, textIn } from "../../host-files/read-if-there.ts";
import { namedProfiles, usualProfiles } from "./named-profiles.ts";

/** A browser's profile, and the process that works in it. */
export interface UsedProfile {
  readonly path: string;
  readonly pid: number;
}

/** Who works in a profile, as the browser's own lock tells: Chromium's and its kin's, Electron's, Firefox's; undefined for nobody who lives. */
export function userOfProfile(profile: string): UsedProfile | undefined {
  for (const [file, pattern] of locks) {
    const lock = join(profile, file);
    const owner = linkAt(lock);
    const { host, pid } = pattern.exec(owner ?? "")?.groups ?? {};
    if (pid === undefined || (host !== undefined && host !== hostname())) continue;
    const lockedAt = orNothing(() => lstatSync(lock).mtimeMs) ?? 0;
    if (isHolder(Number(pid), lockedAt)) return { path: realPathOf(profile) ?? profile, pid: Number(pid) };
  }
  return undefined;
}

/** All profiles in which a process works: the usual ones, and those that the command lines of the user's processes name. */
export function usedProfiles(uid: number, configHome: string): readonly UsedProfile[] {
  const named = processesOf(uid).flatMap((pid) => {
    const words = (textIn(`/proc/${pid}/cmdline`) ?? "").split("\0");
    // Most processes are no browsers, and need no look at their working folder.
    if (!words.some((word) => /-(?:user-data-dir|profile)\b/.test(word))) return [];
    const cwd = linkAt(`/proc/${pid}/cwd`) ?? "/";
    return namedProfiles(words, { cwd, configHome });
  });
  const used = [...usualProfiles(configHome), ...named].flatMap((profile) => userOfProfile(profile) ?? []);
  return [...new Map(used.map((each) => [each.path, each])).values()];
}

const locks: readonly (readonly [file: string, owner: RegExp])[] = [
  // "host-pid" (Chromium, process_singleton_posix.cc) and "address:+pid" (Firefox, nsProfileLock.cpp).
  ["SingletonLock", /^(?<host>.*)-(?<pid>\d+)$/],
  ["lock", /:\+?(?<pid>\d+)$/],
];

/** The clock of processes ticks in hundredths of a second everywhere that Node runs. */
const ticksPerSecond = 100;
const toleranceMs = 2_000;

// A browser that crashed leaves its lock behind, and its number may be another process's by now: one that began later.
function isHolder(pid: number, lockedAtMs: number): boolean {
  const stat = textIn(`/proc/${pid}/stat`, "latin1");
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state, startTicks] = [fields[0], Number(fields[19])];
  if (state === undefined || state === "Z" || state === "X") return false;
  const uptime = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
  const ageMs = (uptime - startTicks / ticksPerSecond) * 1000;
  return Date.now() - lockedAtMs <= ageMs + toleranceMs;
}

function processesOf(uid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && orNothing(() => statSync(`/proc/${name}`).uid) === uid)
    .map(Number);
}
