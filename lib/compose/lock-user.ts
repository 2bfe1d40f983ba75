import { userInfo } from "node:os";
import type { LockUser } from "../adapters/host-lock/lock-places.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import type { RunId } from "../domain/ids.ts";
import type { HostLock, HostLockKey, HostLocks } from "../ports/host/host-lock.ts";
import type { Workspace } from "./workspace.ts";

/** Among whose launchers a unit is locked: those of this user on this host. */
export function lockUser(stateFolder: string): LockUser {
  const runtimeFolder = operatorEnvironment()["XDG_RUNTIME_DIR"];
  return {
    uid: process.getuid?.() ?? -1,
    runFolder: "/run",
    runtimeFolder,
    home: homeOfUser(),
    stateFolder,
  };
}

/** Takes a lock among the launchers of this user; undefined while another one has it. */
export async function takeLock(
  { config, random, processes }: Workspace,
  hostLocks: HostLocks,
  key: HostLockKey,
): Promise<HostLock | undefined> {
  const { shownDatabase: database, cwd: folder } = config;
  const holder = { runId: random.uuid() as RunId, launcher: processes.self(), database, folder };
  const taking = await hostLocks.take(key, holder);
  return taking.kind === "held" ? taking.lock : undefined;
}

// A uid without a passwd entry is common in containers.
function homeOfUser(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir.startsWith("/") && homedir !== "/" ? homedir : undefined;
  } catch {
    return undefined;
  }
}
