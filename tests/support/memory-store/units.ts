import type { UnitRequest } from "../../../lib/domain/run/unit-wish.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { MoveStore } from "../../../lib/ports/store/move-store.ts";
import type { RequestStore } from "../../../lib/ports/store/request-store.ts";
import type { TrafficStore } from "../../../lib/ports/store/traffic-store.ts";
import type { UnitStore } from "../../../lib/ports/store/unit-store.ts";
import { byText, type Memory, replaceWhere } from "./state.ts";

const openForMs = 60_000;

export function memoryUnits(memory: Memory): UnitStore {
  return {
    wish: async (key) => memory.state.wishes.get(key),
    wishes: async (keys) =>
      [...memory.state.wishes.values()]
        .filter(({ unitKey }) => keys === undefined || keys.includes(unitKey))
        .toSorted(byText(({ unitKey }) => unitKey)),
    want: async (wish) => {
      memory.state.wishes.set(wish.unitKey, { ...wish, at: instant(memory.now()) });
    },
  };
}

export function memoryRequests(memory: Memory): RequestStore {
  return {
    add: async (request) => {
      if (memory.state.requests.some(({ id }) => id === request.id)) return;
      memory.state.requests.push({ ...request, at: instant(memory.now()), answer: undefined });
    },
    pending: async (keys, held = keys) =>
      memory.state.requests
        .filter(
          ({ unitKey, at, answer }) =>
            keys.includes(unitKey) &&
            answer === undefined &&
            at > memory.now() - openForMs &&
            (held.includes(unitKey) || !memory.state.leases.some((lease) => lease.unitKey === unitKey)),
        )
        .slice(0, 100)
        .map((request) => ({ ...request, isBeforeRun: isBeforeRun(memory, request) })),
    answer: async (id, answer) => {
      const isOpen = memory.state.requests.some((each) => each.id === id && each.answer === undefined);
      memory.state.requests = replaceWhere(
        memory.state.requests,
        (each) => each.id === id && each.answer === undefined,
        (each) => ({ ...each, answer }),
      );
      return isOpen;
    },
    find: async (id) => memory.state.requests.find((each) => each.id === id),
  };
}

function isBeforeRun(memory: Memory, { unitKey, at }: UnitRequest): boolean {
  const leases = memory.state.leases.filter((lease) => lease.unitKey === unitKey);
  return leases.length > 0 && leases.every(({ acquiredAt }) => at < acquiredAt);
}

export function memoryMoves(memory: Memory): MoveStore {
  return {
    read: async () => memory.state.move,
    write: async (move) => {
      memory.state.move = move;
    },
    holdPool: async () => {},
  };
}

export function memoryTraffic(memory: Memory): TrafficStore {
  return {
    add: async (accountId, traffic) => {
      const month = new Date(memory.now()).toISOString().slice(0, 7);
      const rows = memory.state.traffic;
      for (const added of traffic) {
        const at = rows.findIndex(
          (row) => row.accountId === accountId && row.month === month && row.venue === added.venue,
        );
        const { tunnels = 0, bytesUp = 0, bytesDown = 0 } = rows[at] ?? {};
        const row = {
          accountId,
          month,
          venue: added.venue,
          tunnels: tunnels + added.tunnels,
          bytesUp: bytesUp + added.bytesUp,
          bytesDown: bytesDown + added.bytesDown,
        };
        if (at === -1) rows.push(row);
        else rows[at] = row;
      }
    },
    read: async (accountId) =>
      memory.state.traffic
        .filter((row) => row.accountId === accountId)
        .toSorted(
          (a, b) =>
            b.month.localeCompare(a.month) ||
            b.bytesUp + b.bytesDown - a.bytesUp - a.bytesDown ||
            (a.venue < b.venue ? -1 : 1),
        )
        .map(({ accountId: _of, ...row }) => row),
  };
}
