import { createHash } from "node:crypto";
import { join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import { ConfigError } from "../../errors.ts";
import type { HostLockHolder, HostLockKey, HostLocks, HostLockTaking } from "../../ports/host/host-lock.ts";
import { type LockPlace, type LockUser, lockPlaces, makeLockPlace } from "./lock-places.ts";
import { releaseRecord, takeRecord } from "./lock-records.ts";
import { SharedLines } from "./shared-lines.ts";
import { sweepPlace } from "./sweep-place.ts";

/** The locks of this process among all launchers of its user on this host (docs/decisions/0013-host-lock.md). */
export function openHostLocks(user: LockUser): HostLocks {
  const lines = new SharedLines();
  return {
    async take(key, holder) {
      const held: HeldInPlace[] = [];
      const unusable: string[] = [];
      const giveBack = (): void => {
        for (const record of held) record.release(record.left);
      };
      for (const place of lockPlaces(user)) {
        const taking = await takeIn(place, { lines, user, name: nameOf(key), holder }).catch(
          (error: unknown) => {
            giveBack();
            throw error;
          },
        );
        if (taking.kind === "taken" || taking.kind === "unreadable") {
          giveBack();
          return taking;
        }
        if (taking.kind === "held") held.push(taking);
        else unusable.push(`${place.folder} (${taking.why})`);
      }
      if (held.length === 0) throw nowhere(unusable);
      const left = [...new Set(held.flatMap((record) => record.left))];
      const release = (mayLive: readonly RunId[]) => {
        for (const record of held.splice(0)) record.release(mayLive);
      };
      return { kind: "held", lock: { left, release } };
    },
  };
}

const sweepAfterMs = 10_000;

interface HeldInPlace {
  readonly left: readonly RunId[];
  release(mayLive: readonly RunId[]): void;
}

type TakingInPlace =
  | ({ readonly kind: "held" } & HeldInPlace)
  | Exclude<HostLockTaking, { kind: "held" }>
  | { readonly kind: "unusable"; readonly why: string };

interface PlaceRequest {
  readonly lines: SharedLines;
  readonly user: LockUser;
  readonly name: string;
  readonly holder: HostLockHolder;
}

// A place that cannot be made, or where sockets and links do not work, is done without: another one holds the lock.
async function takeIn(place: LockPlace, { lines, user, name, holder }: PlaceRequest): Promise<TakingInPlace> {
  const lock = { place: place.folder, folder: join(place.folder, name) };
  const line = lines.use(place.folder);
  try {
    const why = makeLockPlace(place, user.uid);
    if (why !== undefined) {
      line.leave();
      return { kind: "unusable", why };
    }
    const taking = await takeRecord(lock, () => line.name(), holder);
    if (taking.kind !== "held") {
      line.leave();
      return { ...taking, place: place.folder };
    }
    // Not while the unit starts, and no reason for a process to live on.
    setTimeout(() => void sweepPlace(place.folder, holder.launcher.bootId), sweepAfterMs).unref();
    const release = (mayLive: readonly RunId[]) => {
      releaseRecord(lock, taking.number, holder, mayLive);
      line.leave();
    };
    return { kind: "held", left: taking.left, release };
  } catch (error) {
    line.leave();
    const { code, message } = error as NodeJS.ErrnoException;
    // No fault of the place: no other one would do.
    if (/^E[MN]FILE$/.test(code ?? "")) throw error;
    return { kind: "unusable", why: code ?? message };
  }
}

// The database's own id of the account, which exports and imports keep; a collector has none.
function nameOf(key: HostLockKey): string {
  if (key.kind === "bot") return key.accountId;
  const name = key.kind === "collector" ? `\0${key.name}` : "";
  const digest = createHash("sha256").update(`${key.stateFolder}${name}`).digest("hex");
  return `${key.kind}-${digest.slice(0, 32)}`;
}

function nowhere(unusable: readonly string[]): ConfigError {
  return new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `The lock that prevents a second launcher cannot be made in any folder of this host: ${unusable.join(", ")}.`,
    { hint: "Set LAUNCH_STATE_DIR to a folder on a local disk that this user may write." },
  );
}
