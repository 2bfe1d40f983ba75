import { open, rename, rm, unlink, utimes } from "node:fs/promises";
import type { LogLimits } from "../../domain/logs/log-limits.ts";
import { draftPath, factsOf, listCrashes, listDrafts, listSegments, type Segment } from "./log-files.ts";

/** So many crashes of a unit are kept with their last lines. */
const mostCrashes = 20;
/** A draft that nobody has written to for so long belongs to a launcher that is gone. */
const draftLivesMs = 600_000;

/** Compresses and takes away what lies beside a log. Several launchers may do so at once. */
export async function tidyLog(path: string, limits: LogLimits, nowMs: number): Promise<void> {
  for (const draft of await listDrafts(path))
    if (((await factsOf(draft))?.mtimeMs ?? nowMs) < nowMs - draftLivesMs) await rm(draft, { force: true });
  // The newest stays as it is: who follows the log may still read it, and `-n` often reaches into it.
  const older = (await listSegments(path)).slice(0, -1);
  if (limits.isCompressed) for (const segment of older) if (!segment.isCompressed) await compress(segment);
  await takeAway(path, limits, nowMs);
}

async function takeAway(path: string, limits: LogLimits, nowMs: number): Promise<void> {
  const crashes = await listCrashes(path);
  for (const { path: old } of crashes.slice(0, -mostCrashes)) await rm(old, { force: true });
  const files = [...(await listSegments(path)), ...crashes.slice(-mostCrashes)];
  const known = await Promise.all(
    files.map(async ({ path: file }) => ({ file, facts: await factsOf(file) })),
  );
  let total = known.reduce((sum, { facts }) => sum + (facts?.size ?? 0), (await factsOf(path))?.size ?? 0);
  for (const { file, facts } of known) {
    const isOld = facts !== undefined && facts.mtimeMs < nowMs - limits.keepMs;
    if (facts === undefined || (!isOld && total <= limits.totalBytes)) continue;
    await rm(file, { force: true });
    total -= facts.size;
  }
}

async function compress(segment: Segment): Promise<void> {
  const [{ createGzip }, { pipeline }] = await Promise.all([
    import("node:zlib"),
    import("node:stream/promises"),
  ]);
  const draft = draftPath(segment);
  const target = await open(draft, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    // Another launcher is at it.
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (target === undefined) return;
  try {
    const source = await open(segment.path, "r");
    const { atime, mtime } = await source.stat();
    // Level 3 takes a third of the processor time of level 6 and a tenth more room.
    await pipeline(source.createReadStream(), createGzip({ level: 3 }), target.createWriteStream());
    await utimes(draft, atime, mtime);
    await rename(draft, `${segment.path}.gz`);
    await unlink(segment.path);
  } catch (error) {
    await rm(draft, { force: true });
    // Taken away meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await target.close().catch(() => undefined);
  }
}
