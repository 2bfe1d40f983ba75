import { userInfo } from "node:os";
import type { LockUser } from "../adapters/host-lock/lock-places.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";

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

// A uid without a passwd entry is common in containers.
function homeOfUser(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir.startsWith("/") && homedir !== "/" ? homedir : undefined;
  } catch {
    return undefined;
  }
}
