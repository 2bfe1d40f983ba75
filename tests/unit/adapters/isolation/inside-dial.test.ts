import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { dialFromInside } from "../../../../lib/adapters/isolation/network/inside-dial.ts";

/** A process inside that notes what it is asked, and answers as the test says. */
function insideProcess() {
  const asked: object[] = [];
  const child = Object.assign(new EventEmitter(), {
    send(request: object, done: (error: Error | null) => void) {
      asked.push(request);
      done(null);
    },
  });
  const dial = dialFromInside(child as unknown as ChildProcess, (host) => `address of ${host}`);
  return { child, asked, dial: () => dial("venue.test", 443, 5_000) };
}

test("a name is dialled by the address that stands for it inside, since no name server is asked there", async () => {
  const { child, asked, dial } = insideProcess();
  const dialling = dial();
  expect(asked).toEqual([{ type: "dial", id: 1, address: "address of venue.test", port: 443 }]);
  const socket = new Socket();
  child.emit("message", { type: "dialed", id: 1 }, socket);
  expect(await dialling).toBe(socket);
});

test("each answer goes to the question that it answers, whatever their order", async () => {
  const { child, dial } = insideProcess();
  const both = Promise.allSettled([dial(), dial()]);
  const socket = new Socket();
  child.emit("message", { type: "not-dialed", id: 2, code: "ECONNREFUSED" });
  child.emit("message", { type: "dialed", id: 1 }, socket);
  expect(await both).toMatchObject([{ value: socket }, { reason: { code: "ECONNREFUSED" } }]);
});

test("a connection that broke on its way out is told as broken", async () => {
  const { child, dial } = insideProcess();
  const dialling = dial();
  child.emit("message", { type: "dialed", id: 1 }, undefined);
  await expect(dialling).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("when the process ends, what it was asked is over, and a connection that comes later is closed", async () => {
  const { child, dial } = insideProcess();
  const dialling = dial();
  child.emit("exit");
  await expect(dialling).rejects.toMatchObject({ code: "ECONNABORTED" });
  const late = new Socket();
  child.emit("message", { type: "dialed", id: 1 }, late);
  expect(late.destroyed).toBe(true);
});
