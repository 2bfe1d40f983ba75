import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BreakName, breaks } from "../../support/hosts/broken.ts";
import { type FleetStage, openFleetStage } from "../../support/hosts/fleet-stage.ts";
import { whyNoHosts } from "../../support/hosts/lab-of-hosts.ts";
import { prepareTorture, type TortureReport, tortureHosts } from "../../support/hosts/torture-hosts.ts";

/*
 * `npm run torture -- --seed N --minutes M` runs as long as it is told, `--broken NAME` a broken program that the venue has to notice.
 * The short form is one known seed and one broken program: after some seeds it takes minutes until every unit runs again (756019: 285 s).
 */

const why = whyNoHosts();
const asked = process.env["SLIPWAY_TORTURE"];
const wish: { seed?: number; minutes?: number; broken?: readonly string[] } =
  asked === undefined ? {} : JSON.parse(asked);
const seed = wish.seed ?? 11;
const durationMs = (wish.minutes ?? 0.6) * 60_000;
const broken = (wish.broken ?? ["takes-at-once"]) as readonly BreakName[];
const replay = (name?: string) =>
  `npm run torture -- --seed ${seed} --minutes ${durationMs / 60_000}${name === undefined ? "" : ` --broken ${name}`}`;

describe.skipIf(why !== undefined)(
  `torture of three hosts${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let stage: FleetStage;
    beforeAll(async () => {
      stage = await openFleetStage({ hosts: ["host-a", "host-b", "host-c"], proxies: 5 });
      await prepareTorture(stage);
    });
    afterAll(async () => {
      await stage?.close();
    });

    test.skipIf(asked !== undefined && broken.length > 0)(
      "no account is logged in twice, no exit shared, nothing stale written, and in the end each runs once",
      async () => {
        const report = await tortureHosts(stage, { seed, durationMs, tell: tellOnlyWhenAsked });
        tell(report, replay());
        expect(report, replay()).toMatchObject({ doubleLogins: [], sharedExits: [], stale: [], left: [] });
        expect(report.runs).toBeGreaterThan(3);
      },
      durationMs + 600_000,
    );

    test.each(broken)(
      "the venue notices a program that %s",
      async (name) => {
        const report = await tortureHosts(stage, {
          seed,
          durationMs: Math.max(durationMs, 180_000),
          broken: name,
          tell: tellOnlyWhenAsked,
        });
        tell(report, replay(name));
        expect(report.doubleLogins.length + report.sharedExits.length, breaks[name].what).toBeGreaterThan(0);
      },
      durationMs + 600_000,
    );
  },
);

const startedAt = performance.now();

function tellOnlyWhenAsked(what: string): void {
  if (asked !== undefined)
    process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ${what}\n`);
}

function tell({ counts, logins, runs, quietAfterMs, ...found }: TortureReport, command: string): void {
  const quiet = quietAfterMs === undefined ? "" : `, quiet after ${(quietAfterMs / 1_000).toFixed(1)} s`;
  const sums = {
    doubleLogins: found.doubleLogins.length,
    sharedExits: found.sharedExits.length,
    stale: found.stale.length,
  };
  process.stderr.write(
    `${command}: ${JSON.stringify(counts)}, ${logins} logins of ${runs} runs${quiet}, ${JSON.stringify(sums)}\n${[
      ...found.doubleLogins,
      ...found.sharedExits,
      ...found.stale,
    ]
      .slice(0, 5)
      .map((line) => `  ${line}\n`)
      .join("")}`,
  );
}
