import { describe, expect, test } from "vitest";
import { passThrough } from "../../../lib/adapters/spawner/pass-through.ts";
import { patient } from "../../patience/patience.ts";
import { useSpawner } from "../spawner/rig.ts";
import { growthOf } from "./growth.ts";

const restarts = process.env["LAUNCH_TEST_SIZE"] === "full" ? 500 : 20;
const mostBytes = 16 * 1_048_576;

describe.skipIf(process.platform !== "linux")(
  "a spawner that runs for long",
  { timeout: patient(300_000) },
  () => {
    const rig = useSpawner();

    test(`holds no more after ${restarts} processes that ended or were stopped than after a quarter of them`, async () => {
      // As in a launcher: one for all starts of a unit.
      const output = passThrough({ stdout: rig.stdout.stream, stderr: rig.stderr.stream });
      const growth = await growthOf(restarts, async (times) => {
        for (let done = 0; done < times; done += 1) {
          const child = await rig.spawn(done % 2 === 0 ? ["sleep", "600"] : ["true"], { output });
          if (done % 2 === 0) await child.stop({ signal: "TERM", graceMs: patient(5_000) });
          await child.ended;
        }
      });
      expect(growth.files).toBeLessThanOrEqual(2);
      expect(growth.handles).toBeLessThanOrEqual(2);
      expect(growth.heapBytes).toBeLessThan(mostBytes);
    });
  },
);
