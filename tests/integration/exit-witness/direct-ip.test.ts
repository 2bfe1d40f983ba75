import { afterEach, describe, expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { closeAll, echo, rawServer, witness } from "./witness-rig.ts";

afterEach(closeAll);

describe("the direct address", () => {
  test("is the first usable answer, and the other witnesses are not waited for", async () => {
    const [good, bad, hanging] = await Promise.all([echo(), echo(), echo()]);
    bad.setMood({ kind: "html" });
    hanging.setMood({ kind: "hang" });
    const urls = [hanging, bad, good].map(({ port }) => `http://witness.test:${port}/`);
    expect(await witness.directIp(urls, patient(5_000))).toBe("127.0.0.1");
  });

  test("once known, ends the questions that are still open", async () => {
    let onAsked = () => {};
    let onEnded = () => {};
    const asked = new Promise<void>((resolve) => (onAsked = resolve));
    const ended = new Promise<void>((resolve) => (onEnded = resolve));
    const silent = await rawServer((socket) => {
      onAsked();
      socket.resume().once("close", onEnded);
    });
    const good = await rawServer((socket) => {
      void asked.then(() => socket.end("HTTP/1.1 200 OK\r\n\r\n8.8.4.4"));
    });
    const urls = [silent, good].map((port) => `http://witness.test:${port}/`);
    expect(await witness.directIp(urls, patient(5_000))).toBe("8.8.4.4");
    await ended;
  });

  test("is not known when no witness can be used", async () => {
    const bad = await echo();
    bad.setMood({ kind: "lie", address: "10.0.0.1" });
    const urls = [`http://witness.test:${bad.port}/`, "http://nowhere.test/", "nonsense"];
    expect(await witness.directIp(urls, patient(5_000))).toBeUndefined();
    expect(await witness.directIp([], patient(5_000))).toBeUndefined();
  });
});
