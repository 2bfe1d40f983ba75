import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Alert, AlertId, AlertMessage } from "../../../lib/domain/alerts/alert.ts";
import type { HistoryEvent } from "../../../lib/domain/event.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { AlertStore, AlertWrites } from "../../../lib/ports/alerts/alert-store.ts";
import type { Store } from "../../../lib/ports/store/store.ts";

/** What every store of alerts does beside the tables of its store. */
export function alertContract(
  open: () => Promise<{ readonly store: Store; readonly alerts: AlertStore }>,
): void {
  const me = { host: "desk", pid: 7, channels: ["people"] };
  const happened: HistoryEvent = {
    at: instant(Date.UTC(2030, 0, 1)),
    kind: "exit.lost",
    severity: "warning",
    actor: "system",
    host: "desk",
    message: "fra-1 refused the connection",
  };
  const alert: Alert = {
    id: randomUUID() as AlertId,
    cause: "moves",
    topics: ["switched"],
    openedAt: instant(Date.now()),
    overAt: undefined,
    hitAt: instant(Date.now()),
    urgentAt: undefined,
    isMoment: false,
    outage: undefined,
    returns: 0,
    members: [],
  };
  const messageOf = (step: number): AlertMessage => ({
    id: `${alert.id}.people.${step}`,
    alertId: alert.id,
    channel: "people",
    step,
    kind: "news",
    content: {
      title: "A bot moved",
      text: "A bot moved",
      severity: "warning",
      isUrgent: false,
      topics: ["switched"],
      cause: "moves",
      members: [],
      isOver: false,
    },
    madeAt: instant(Date.now()),
  });
  const opened = async (writes: Partial<AlertWrites> = {}) => {
    const { store, alerts } = await open();
    await alerts.have([{ name: "people", kind: "webhook" }]);
    await alerts.gather(me, () => ({ alerts: [alert], messages: [], ...writes }));
    return { store, alerts };
  };
  const [first, second] = [randomUUID(), randomUUID()];

  describe("alerts", () => {
    it("events are kept once there is a channel, and each is read once", async () => {
      const { store, alerts } = await open();
      await store.history.append(happened);
      await alerts.have([{ name: "people", kind: "webhook" }]);
      expect(await alerts.look(me)).toMatchObject({ hasEvents: false, isOpen: false, hasDue: false });
      await store.history.append({ ...happened, message: "fra-2 refused the connection" });
      expect(await alerts.look(me)).toMatchObject({ hasEvents: true, isOpen: false });
      const read: string[] = [];
      const reading = (ground: { readonly events: readonly { readonly message: string }[] }): AlertWrites => {
        read.push(...ground.events.map(({ message }) => message));
        return { alerts: [], messages: [] };
      };
      await alerts.gather(me, reading);
      await alerts.gather(me, reading);
      expect(read).toEqual(["fra-2 refused the connection"]);
    });

    it("a look changes its mark with the alerts that are open or were a short time ago, and tells of messages that are due", async () => {
      const { store, alerts } = await open();
      await alerts.have([{ name: "people", kind: "webhook" }]);
      const empty = await alerts.look(me);
      await alerts.gather(me, () => ({ alerts: [alert], messages: [messageOf(1)] }));
      const open1 = await alerts.look(me);
      expect(open1).toMatchObject({ hasEvents: false, isOpen: true, hasDue: true });
      expect(open1.mark).not.toBe(empty.mark);
      expect((await alerts.look({ ...me, channels: ["others"] })).hasDue).toBe(false);
      await alerts.claim(first, ["people"], 60_000);
      expect(await alerts.look(me)).toEqual({ ...open1, hasDue: false });
      await alerts.gather(me, () => ({ alerts: [{ ...alert, overAt: instant(Date.now()) }], messages: [] }));
      const over = await alerts.look(me);
      expect([over.isOpen, over.mark === open1.mark]).toEqual([true, false]);
      const lost = { kind: "vendor", name: "vendor-a", why: "3 of 4 exits failed" } as const;
      const [since, untilAt] = [instant(Date.now()), instant(Date.now() + 60_000)];
      await store.apply([{ on: "incident", next: { ...lost, since, untilAt } as never }]);
      expect((await alerts.look(me)).mark).not.toBe(over.mark);
    });

    it("a message that is claimed is nobody else's, and the next one waits for it", async () => {
      const { alerts } = await opened({ messages: [messageOf(1), messageOf(2)] });
      const [claimed, ...more] = await alerts.claim(first, ["people"], 60_000);
      expect([claimed?.step, claimed?.mayHaveArrived, more]).toEqual([1, false, []]);
      expect(claimed?.ageMs).toBeTypeOf("number");
      expect(await alerts.claim(second, ["people"], 60_000)).toEqual([]);
      if (claimed === undefined) return;
      await alerts.settle(second, claimed, { kind: "sent", receipt: "wrong" });
      await alerts.settle(first, claimed, { kind: "sent", receipt: "77" });
      const [next] = await alerts.claim(second, ["people"], 60_000);
      expect([next?.step, next?.receipt]).toEqual([2, "77"]);
    });

    it("a message whose sender was never heard of again may have arrived, however often it fails from then on", async () => {
      const { alerts } = await opened({ messages: [messageOf(1)] });
      await alerts.claim(first, ["people"], 0);
      const [again] = await alerts.claim(second, ["people"], 60_000);
      expect([again?.attempts, again?.mayHaveArrived]).toEqual([2, true]);
      if (again === undefined) return;
      await alerts.settle(second, again, { kind: "failed", why: "answered 503", retryInMs: 0 });
      const [third] = await alerts.claim(first, ["people"], 60_000);
      expect([third?.attempts, third?.mayHaveArrived]).toEqual([3, true]);
    });
  });
}
