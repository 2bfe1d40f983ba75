import { expect, test } from "vitest";
import type { Run } from "../../../lib/domain/run.ts";
import { requireOwnServer, stopDatabase } from "../../../lib/operations/database/own-server.ts";
import type { DatabaseServer, DatabaseServerStatus } from "../../../lib/ports/database-server.ts";

const run = { unit: { kind: "collector", name: "funding" }, launcher: { host: "host-a", pid: 4711 } } as Run;

function server(kind: DatabaseServerStatus["kind"], stopped: string[] = []): DatabaseServer {
  return {
    status: async () => ({ kind, engine: undefined, dataFolder: undefined, pid: undefined }),
    stop: async () => {
      stopped.push("stopped");
      return "stopped";
    },
  } as Partial<DatabaseServer> as DatabaseServer;
}

test("the database is not stopped while a run needs it, and the run is named", async () => {
  const stopped: string[] = [];
  const stop = stopDatabase(server("running", stopped), { liveRuns: async () => [run], force: false });
  await expect(stop).rejects.toMatchObject({
    code: "LAUNCH_IN_USE",
    message: "funding on host-a (pid 4711) needs the database.",
  });
  expect(stopped).toEqual([]);
});

test("force stops it without asking for runs", async () => {
  const liveRuns = () => Promise.reject(new Error("the database does not answer"));
  expect(await stopDatabase(server("running"), { liveRuns, force: true })).toBe("stopped");
});

test("a server that does not run is not started to be asked for runs", async () => {
  const liveRuns = () => Promise.reject(new Error("asked"));
  for (const kind of ["absent", "stopped", "stale"] as const) {
    expect(await stopDatabase(server(kind), { liveRuns, force: false })).toBe("was not running");
  }
});

test("a database of the operator's own is neither served nor stopped", () => {
  expect(() => requireOwnServer(undefined, "postgresql://db.example/launch")).toThrow(/db\.example.*yours/);
});
