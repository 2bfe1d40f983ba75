import { describe, expect, test } from "vitest";
import type { AlertChannel, Delivered, Delivery } from "../../../../lib/ports/alerts/alert-channel.ts";
import type { Outage, OutageBook } from "../../../../lib/ports/alerts/outage-book.ts";
import { OutageWatch } from "../../../../lib/supervisor/alerts/outage-watch.ts";
import { type FakeClock, fakeClock } from "../../../support/fake-clock.ts";

/** A host: its file, and who has it. */
class Host {
  written: Outage | undefined;
  holder: symbol | undefined;
  readonly sent: Delivery[] = [];
  readonly clock: FakeClock = fakeClock();
  answer: Delivered = { kind: "sent", receipt: "77", answer: "ok" };

  /** One of its launchers; `die` is a kill, which gives the file back. */
  launcher(canEdit = false) {
    const me = Symbol("launcher");
    const book: OutageBook = {
      isWritten: () => Promise.resolve(this.written !== undefined),
      take: () => {
        if (this.holder !== undefined && this.holder !== me) return Promise.resolve(undefined);
        this.holder = me;
        return Promise.resolve({
          read: () => Promise.resolve(this.written),
          write: (outage: Outage) => {
            this.written = outage;
            return Promise.resolve();
          },
          forget: () => {
            this.written = undefined;
            return Promise.resolve();
          },
          release: () => {
            this.holder = undefined;
          },
        });
      },
    };
    const settings = { kind: "command", name: "ops", topics: undefined, quietHours: undefined } as const;
    const channel: AlertChannel = {
      settings: { ...settings, command: ["true"], cwd: "/" },
      canEdit,
      deliver: (delivery) => {
        this.sent.push(delivery);
        return Promise.resolve(this.answer);
      },
    };
    let ids = 0;
    const random = { uuid: () => `outage-${++ids}`, random01: () => 0 };
    const place = { channels: [channel], host: "desk-1", place: "embedded", trustedMs: 12_000 };
    const watch = new OutageWatch({ book, clock: this.clock, random }, place);
    return { watch, die: () => (this.holder = undefined) };
  }

  /** The launchers look every two seconds. */
  async pass(seconds: number, look: () => void): Promise<void> {
    for (let at = 0; at < seconds; at += 2) {
      look();
      await this.clock.advance(2_000);
    }
  }
}

function each(all: readonly { readonly watch: OutageWatch }[], work: (watch: OutageWatch) => void): void {
  for (const { watch } of all) work(watch);
}

describe("a database that does not answer", () => {
  test("is told by one launcher of the host after 10 s, and that it answers again", async () => {
    const host = new Host();
    const all = [host.launcher(), host.launcher(), host.launcher()];
    await host.pass(8, () => each(all, (watch) => watch.failed()));
    expect(host.sent).toEqual([]);
    await host.pass(30, () => each(all, (watch) => watch.failed()));
    expect(host.sent.map(({ kind }) => kind)).toEqual(["news"]);
    expect(host.sent[0]?.content).toMatchObject({
      isUrgent: true,
      title: "The host desk-1 does not reach its database",
    });
    await host.pass(10, () => each(all, (watch) => watch.heard()));
    expect(host.sent.map(({ kind }) => kind)).toEqual(["news", "over"]);
    expect(host.written).toBeUndefined();
    await host.pass(60, () => each(all, (watch) => watch.heard()));
    expect(host.sent).toHaveLength(2);
  });

  test("that only restarts is told to nobody", async () => {
    const host = new Host();
    const { watch } = host.launcher();
    await host.pass(8, () => watch.failed());
    await host.pass(10, () => watch.heard());
    expect(host.sent).toEqual([]);
  });

  test("is told to its end by another launcher when the one that told it was killed", async () => {
    const host = new Host();
    const first = host.launcher(true);
    await host.pass(14, () => first.watch.failed());
    first.die();
    const second = host.launcher(true);
    await host.pass(14, () => second.watch.failed());
    expect(host.sent).toHaveLength(1);
    await host.pass(10, () => second.watch.heard());
    expect(host.sent[1]).toMatchObject({ kind: "edit", receipt: "77", thread: host.sent[0]?.thread });
  });

  test("is told again under the same key where a kill leaves open whether it arrived", async () => {
    const host = new Host();
    const first = host.launcher();
    await host.pass(14, () => first.watch.failed());
    const [sent] = host.sent;
    // The kill came before its answer was written down.
    host.written = host.written && { ...host.written, lost: {} };
    first.die();
    const second = host.launcher();
    await host.pass(14, () => second.watch.failed());
    expect(host.sent[1]).toMatchObject({ id: sent?.id, mayHaveArrived: true });
  });

  test("is told once the channel takes it, and by a launcher that ends too", async () => {
    const host = new Host();
    host.answer = { kind: "failed", why: "no route" };
    const { watch } = host.launcher();
    await host.pass(16, () => watch.failed());
    expect(host.sent.length).toBeGreaterThan(1);
    expect(new Set(host.sent.map(({ id }) => id)).size).toBe(1);
    host.answer = { kind: "sent", receipt: undefined, answer: "ok" };
    await watch.last();
    const count = host.sent.length;
    await watch.last();
    expect(host.sent).toHaveLength(count);
  });
});
