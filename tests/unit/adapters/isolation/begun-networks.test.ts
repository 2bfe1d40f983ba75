import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { begunNetworks } from "../../../../lib/adapters/isolation/network/begun-networks.ts";
import type { BotNetwork } from "../../../../lib/adapters/isolation/network/network.ts";
import type { RunId } from "../../../../lib/domain/ids.ts";

const run = "run-1" as RunId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function network() {
  const close = vi.fn();
  return { close, made: Promise.resolve({ close } as unknown as BotNetwork) };
}

test("a network is taken once, and then it is not closed by whoever forgets it", async () => {
  const begun = begunNetworks<BotNetwork>(10_000, (each) => each.close());
  const { made, close } = network();
  begun.add(run, made);
  expect(begun.take(run)).toBe(made);
  expect(begun.take(run)).toBeUndefined();
  begun.drop(run);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(close).not.toHaveBeenCalled();
});

test("one that waits too long is closed, and whoever needs it then makes another", async () => {
  const begun = begunNetworks<BotNetwork>(10_000, (each) => each.close());
  const { made, close } = network();
  begun.add(run, made);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(close).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(close).toHaveBeenCalledOnce();
  expect(begun.take(run)).toBeUndefined();
});

test("one that could not be made is forgotten, and one that is dropped while it is made is closed then", async () => {
  const begun = begunNetworks<BotNetwork>(10_000, (each) => each.close());
  const failed = Promise.reject(new Error("no namespaces"));
  begun.add(run, failed);
  await expect(failed).rejects.toThrow("no namespaces");
  expect(begun.take(run)).toBeUndefined();
  const { made, close } = network();
  begun.add(run, made);
  begun.drop(run);
  await made;
  expect(close).toHaveBeenCalledOnce();
});
