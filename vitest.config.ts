import { defineConfig } from "vitest/config";
import { patient } from "./tests/patience/patience.ts";
import { measureSlowness } from "./tests/patience/slowness.ts";

// Given to the workers, too, by the environment that they inherit.
process.env["LAUNCH_TEST_SLOW"] ??= String(measureSlowness());

// Deadlines that only a hung test reaches: nothing is proved by them.
const quick = { testTimeout: patient(20_000), isolate: false };

const slow = {
  testTimeout: patient(100_000),
  hookTimeout: patient(100_000),
  globalSetup: ["tests/support/global-setup.ts"],
};

// Unit and architecture tests share one module graph (pure code only); everything that starts processes is isolated.
export default defineConfig({
  test: {
    include: [],
    globalSetup: [],
    // Most of the slow tests wait for real deadlines: a third worker costs two cores little.
    maxWorkers: 3,
    projects: [
      { test: { name: "unit", include: ["tests/unit/**/*.test.ts"], ...quick } },
      { test: { name: "architecture", include: ["tests/architecture/**/*.test.ts"], ...quick } },
      { test: { name: "contract", include: ["tests/contract/**/*.test.ts"], ...slow } },
      { test: { name: "integration", include: ["tests/integration/**/*.test.ts"], ...slow } },
      { test: { name: "e2e", include: ["tests/e2e/**/*.test.ts"], ...slow } },
      { test: { name: "leak", include: ["tests/leak/**/*.test.ts"], fileParallelism: false, ...slow } },
    ],
  },
});
