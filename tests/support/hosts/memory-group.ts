import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";

const top = "/sys/fs/cgroup";

/** Why no group can be had here whose memory the kernel limits; undefined where one can. */
export function whyNoMemoryGroup(): string | undefined {
  if (process.getuid?.() !== 0) return "NOT TESTED: only root can make control groups of its own.";
  try {
    const given = readFileSync(join(top, "cgroup.subtree_control"), "utf8").split(/\s+/);
    if (given.includes("memory")) {
      accessSync(top, constants.W_OK);
      return undefined;
    }
  } catch {
    // Of version 1, none, or one that is only shown, as in containers.
  }
  return "NOT TESTED: root can make no group here that limits memory by cgroup version 2.";
}

/** A group as an engine delegates it. */
export interface MemoryGroup {
  readonly path: string;
  /** Words that put what follows them into it; with a stranger, that is no child of what follows, beside it. */
  front(options?: { readonly hasStranger: boolean }): readonly string[];
  /** Takes it away with whatever is left in it. */
  remove(): Promise<void>;
}

/** Makes one for this test. */
export function makeMemoryGroup(name: string): MemoryGroup {
  const path = join(top, `launch-test-${process.pid}-${name}`);
  mkdirSync(path);
  return {
    path,
    front: ({ hasStranger } = { hasStranger: false }) => {
      const stranger = hasStranger ? "(sleep 1000 >/dev/null 2>&1 &); " : "";
      return ["sh", "-c", `echo $$ >"$0/cgroup.procs"; ${stranger}exec "$@"`, path];
    },
    async remove() {
      writeFileSync(join(path, "cgroup.kill"), "1");
      // A group is empty only a moment after its last process has ended; those of runs are taken away by their launcher.
      await eventually(
        () => isRemoved(join(path, "launch-own")) && isRemoved(path),
        (isGone) => isGone,
      );
    },
  };
}

function isRemoved(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
