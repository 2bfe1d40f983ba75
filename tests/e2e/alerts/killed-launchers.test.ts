import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openReceiver, type Receiver } from "../../integration/alerts/receiver.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { patient } from "../../patience/patience.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { withAdmin } from "../../support/database/postgres-cluster.ts";
import { e2eStage } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { pause } from "../../support/pause.ts";

// Three launchers of one database with one channel; each is killed again and again, at moments that a seed decides.
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const kills = isFull ? 200 : 9;
const seed = 20261129;
const signing = `whsec_${Buffer.from("a secret of thirty-two bytes xxx").toString("base64")}`;

let receiver: Receiver;
let database: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  // An answer takes a while, so that a kill falls between a message's arrival and its mark in the outbox.
  receiver = await openReceiver(150);
  database = await testDatabase();
  const idle = JSON.stringify([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
  stage = await e2eStage({
    proxies: {},
    yaml: () => `notify:
  gather: 0s
  between: 1s
  remind: never
  channels:
    ops: { webhook: { url: ${receiver.url}/alerts, secret_file: hook.secret }, on: [refused] }
collectors:
  one: { command: ${idle} }
  two: { command: ${idle} }
  three: { command: ${idle} }
`,
  });
  const file = join(stage.folder, "hook.secret");
  writeFileSync(file, signing, { mode: 0o600 });
  chmodSync(file, 0o600);
});
afterAll(async () => {
  await stage.close();
  await receiver.close();
  await database.drop();
});

function start(name: string): RunningLaunch {
  return stage.start(["collector", name], { env: { LAUNCH_DATABASE_URL: database.url } });
}

/** An event that concerns people, as a launcher writes it. */
async function refuse(account: string, venue: string): Promise<void> {
  const text = `insert into launch.events (at, kind, severity, actor, host, account, message, evidence)
    values (now(), 'account.key_refused', 'error', 'system', 'test', $1, 'refused', jsonb_build_object('venue', $2::text))`;
  await withAdmin(database.cluster, database.name, (admin) => admin.query(text, [account, venue]));
}

test(
  `none of the messages is lost and none comes under two keys while launchers are killed ${kills} times`,
  async () => {
    let state = seed;
    const random = (): number => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296;
    };
    const names = ["one", "two", "three"];
    const running = new Map(names.map((name) => [name, start(name)]));
    await eventually(
      () =>
        withAdmin(
          database.cluster,
          database.name,
          async (admin) => (await admin.query("select 1 from launch.alert_channels")).rowCount,
        ),
      (count) => count === 1,
      30_000,
    );
    const told: string[] = [];
    // Every launcher at once, so that whoever sends is among them.
    const killAll = (): void => {
      for (const launcher of running.values()) launcher.signal("SIGKILL");
    };
    const startAgain = async (): Promise<void> => {
      await Promise.all([...running.values()].map(({ ended }) => ended));
      for (const name of names) running.set(name, start(name));
    };
    for (let n = 0; n < kills; n += 1) {
      const account = `bot-${String(n).padStart(3, "0")}`;
      told.push(account);
      if (n % 3 === 2) {
        // At any moment.
        await refuse(account, `venue-${n % 8}`);
        await pause(random() * 2_500);
        killAll();
      } else {
        // While a message is sent: before it arrives, or when it has arrived and nobody knows.
        const met = new Promise<void>((resolve) => {
          receiver.meet(() => {
            receiver.meet(undefined);
            killAll();
            resolve();
            return n % 3 === 0 ? "lose" : "take";
          });
        });
        await refuse(account, `venue-${n % 8}`);
        await met;
      }
      await startAgain();
    }
    const open = "select count(*)::int as n from launch.alert_messages where state <> 'sent'";
    const inbox = "select count(*)::int as n from launch.alert_inbox";
    const left = () =>
      withAdmin(database.cluster, database.name, async (admin) => {
        const counts = await Promise.all(
          [open, inbox].map(async (text) => (await admin.query<{ n: number }>(text)).rows[0]?.n ?? 0),
        );
        return counts.reduce((sum, count) => sum + count, 0);
      });
    await eventually(left, (count) => count === 0, 120_000, 200);
    for (const launcher of running.values()) launcher.signal("SIGTERM");
    await Promise.all([...running.values()].map(({ ended }) => ended));

    // The receiver remembers: what comes again under a key that it knows is the same message, word for word.
    const bodies = new Map<string, string>();
    const members = new Map<string, string>();
    for (const { headers, body } of receiver.received) {
      const id = String(headers["webhook-id"]);
      // Not by `verify`, which takes what came half an hour ago for a replay.
      const sentAt = new Date(Number(headers["webhook-timestamp"]) * 1_000);
      expect(headers["webhook-signature"]).toBe(new Webhook(signing).sign(id, sentAt, body));
      const { data } = JSON.parse(body) as { data: { text: string; alert: string } };
      expect(bodies.get(id) ?? data.text, id).toBe(data.text);
      bodies.set(id, data.text);
      for (const account of told) if (data.text.includes(account)) members.set(account, id);
    }
    expect(told.filter((account) => !members.has(account))).toEqual([]);
    const rows = await withAdmin(database.cluster, database.name, async (admin) =>
      (await admin.query<{ id: string }>("select id from launch.alert_messages order by id")).rows.map(
        ({ id }) => id,
      ),
    );
    expect([...bodies.keys()].sort()).toEqual([...rows].sort());
    // Some were sent again: without that nothing was proven.
    expect(receiver.received.length).toBeGreaterThan(bodies.size);
  },
  patient(100_000 + kills * 4_000),
);
