import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { type Listener, listenForBot, openVenue, type Venue } from "./listener.ts";
import { type PythonBot, type PythonOptions, startPython } from "./pythons.ts";

let listener: Listener;
let venue: Venue;
let started: PythonBot[] = [];
beforeEach(async () => {
  [listener, venue] = [await listenForBot(), await openVenue()];
  started = [];
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  await Promise.all([listener.close(), venue.close()]);
});

function run(code: string, { env = {}, ...options }: Partial<PythonOptions> = {}): PythonBot {
  const bot = startPython(code, { ...options, env: { ...listener.env, PORT: String(venue.port), ...env } });
  started.push(bot);
  listener.endsWith(bot);
  return bot;
}

const hellos = () => listener.events.flatMap((event) => (event.type === "hello" ? [event.pid] : []));
const quiet = { code: 0, signal: null, stdout: "", stderr: "" };
const asks = `import http.client, os
c = http.client.HTTPConnection("localhost", int(os.environ["PORT"])); c.request("GET", "/418"); c.getresponse().read(); c.close()
`;
const strict = ["-W", "error", "-X", "dev"];

test("the hello arrives while the bot still blocks", async () => {
  const bot = run("while True: pass");
  expect(await listener.next("hello")).toMatchObject({ pid: bot.child.pid });
  expect(await listener.next("heartbeat")).toMatchObject({ loopLagMs: undefined });
});

test("the running loop is as late as the last turn of it, and one that ended is not late", async () => {
  const bot = run(`import asyncio, threading, time
from slipway_inside.loop import lag_ms
seen, blocked = [], threading.Event()
def watch():
  lag_ms(); time.sleep(0.3); seen.append(lag_ms() < 300)
  blocked.wait(); time.sleep(0.1); lag_ms(); time.sleep(0.5); seen.append(500 <= lag_ms() < 5000)
async def main():
  watcher.start(); await asyncio.sleep(0.6); blocked.set(); time.sleep(1.2); await asyncio.sleep(0.1)
watcher = threading.Thread(target=watch)
asyncio.run(main()); watcher.join()
print(seen, lag_ms())`);
  expect(await bot.ended).toEqual({ ...quiet, stdout: "[True, True] None\n" });
  expect(await listener.next("heartbeat")).toMatchObject({ lagMs: expect.any(Number) as number });
});

describe("only the bot's own process speaks, not", () => {
  const child = "import http.client, time; time.sleep(0.2)";
  test.each([
    ["a child", `import subprocess, sys; subprocess.run([sys.executable, "-c", "${child}"], check=True)`],
    [
      "a child with an environment of its own",
      `import subprocess, sys, os; subprocess.run([sys.executable, "-c", "${child}"], check=True, env=dict(os.environ))`,
    ],
    [
      "a child of a shell with an environment of its own",
      `import subprocess, sys, os; subprocess.run(["sh", "-c", sys.executable + " -c '${child}'; true"], check=True, env=dict(os.environ))`,
    ],
    [
      "a fork",
      `import os, time\npid = os.fork()\nif pid == 0:\n  ${child.replace("; ", "\n  ")}\n${asks.replaceAll(/^(?=.)/gm, "  ")}else: os.waitpid(pid, 0)`,
    ],
    [
      "a fork of multiprocessing",
      `import multiprocessing as m, time\np = m.get_context("fork").Process(target=time.sleep, args=(0.2,)); p.start(); p.join(); assert p.exitcode == 0`,
    ],
    [
      "a process that multiprocessing spawned",
      `import multiprocessing as m, time\np = m.get_context("spawn").Process(target=time.sleep, args=(0.2,)); p.start(); p.join(); assert p.exitcode == 0`,
    ],
    [
      "a pool",
      `from concurrent.futures import ProcessPoolExecutor as P\nwith P(3) as pool: assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]`,
    ],
  ])("%s", async (_, code) => {
    const bot = run(code);
    expect(await bot.ended).toEqual(quiet);
    expect(hellos()).toEqual([bot.child.pid]);
    expect(listener.answersOf("localhost")).toEqual([]);
  });

  test("though a program that it became by exec does", async () => {
    const bot = run(`import os, sys
os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))`);
    await listener.next("hello");
    while (hellos().length < 2) await listener.next("heartbeat", () => hellos().length >= 2);
    expect(hellos()).toEqual([bot.child.pid, bot.child.pid]);
  });
});

describe("the program sees what it would see alone:", () => {
  test("the same sys.path, modules of its own names, environment and threads", async () => {
    const code = `import json, os, sys, threading, signal, warnings
print(json.dumps([sys.path, dict(os.environ), threading.active_count(), len(threading.enumerate()), signal.getsignal(2) is signal.default_int_handler, len(warnings.filters), "sitecustomize" in sys.modules, [m for m in ("asyncio", "socket", "ssl", "http", "re", "logging") if m in early]]))`;
    const early = "import sys; early = set(sys.modules)\n";
    const bare = run(early + code, { env: { LAUNCH_CONTROL: "" } });
    const watched = run(early + code);
    const [without, within] = [
      JSON.parse((await bare.ended).stdout),
      JSON.parse((await watched.ended).stdout),
    ] as [unknown[], unknown[]];
    (without[1] as Record<string, string>)["LAUNCH_CONTROL"] = listener.channel.path;
    expect(within).toEqual(without);
  });

  test("its own sitecustomize and usercustomize, under their names", async () => {
    const path = join(listener.folder, "own");
    mkdirSync(path);
    writeFileSync(join(path, "sitecustomize.py"), "import sys; sys.flag = __name__ + __file__");
    writeFileSync(join(path, "usercustomize.py"), "import sys; sys.user = 1");
    const bot = run(
      "import sys, sitecustomize; print(sys.flag, sys.modules['sitecustomize'].__file__, sys.user)",
      { path },
    );
    const file = join(path, "sitecustomize.py");
    expect(await bot.ended).toEqual({ ...quiet, stdout: `sitecustomize${file} ${file} 1\n` });
    expect(hellos()).toEqual([bot.child.pid]);
  });

  test("a complaint about its own sitecustomize, in Python's words", async () => {
    const path = join(listener.folder, "own");
    mkdirSync(path);
    writeFileSync(join(path, "sitecustomize.py"), "raise RuntimeError('mine')");
    const { stderr, code } = await run("", { path }).ended;
    const usual = await run("", { path, env: { LAUNCH_CONTROL: "" } }).ended;
    expect([stderr, code]).toEqual([usual.stderr, usual.code]);
    expect(stderr).toContain("RuntimeError: mine");
  });
});

describe("a bot runs as it would alone", () => {
  const alone = { ...quiet, stdout: "done" };
  const code = `${asks.repeat(3)}\nprint("done", end="")`;

  test("when nobody listens", async () => {
    const bot = run(code, { flags: strict, env: { LAUNCH_CONTROL: "/nowhere/bot.sock" } });
    expect(await bot.ended).toEqual(alone);
  });

  test("when the path of the socket is none", async () => {
    expect(await run(code, { env: { LAUNCH_CONTROL: `/${"x".repeat(300)}` } }).ended).toEqual(alone);
    expect(await run(code, { env: { LAUNCH_RUN_ID: "\ufffd" } }).ended).toEqual(alone);
  });

  test("when the socket goes away in the middle", async () => {
    const bot = run(
      `import os, time\n${asks}
while not os.path.exists(os.environ["GONE"]): time.sleep(0.01)
${code}`,
      { flags: strict, env: { GONE: join(listener.folder, "gone") } },
    );
    await listener.next("answers");
    await listener.channel.close();
    writeFileSync(join(listener.folder, "gone"), "");
    expect(await bot.ended).toEqual(alone);
  });

  test("when what listens speaks nonsense", async () => {
    const path = join(listener.folder, "nonsense.sock");
    let connected = () => {};
    const isConnected = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(
        '\u0000\n[]\n{"type":"read"}\n{"type":"read","id":1,"witness":"x","timeoutMs":1}\nnull\n"\\ud800"\n',
      );
      socket.write(`${"[".repeat(50_000)}\n${"x".repeat(70_000)}`);
      connected();
    }).listen(path);
    const bot = run(`import time; time.sleep(0.3)\n${code}`, {
      flags: strict,
      env: { LAUNCH_CONTROL: path },
    });
    await isConnected;
    expect(await bot.ended).toEqual(alone);
    server.close();
  });

  test("when what listens takes nothing", async () => {
    const path = join(listener.folder, "deaf.sock");
    const server = createServer((socket) => socket.pause().on("error", () => {})).listen(path);
    expect(await run(code, { flags: strict, env: { LAUNCH_CONTROL: path } }).ended).toEqual(alone);
    server.close();
  });

  test("when it closes all descriptors, and ours is somebody else's", async () => {
    const bot = run(
      `import os, socket, time, http.client
os.closerange(3, 100)
a, b = socket.socketpair(); pairs = [socket.socketpair() for _ in range(4)]
${asks}
time.sleep(5.5)
for one, other in [(a, b)] + pairs:
  for end in (one, other):
    end.setblocking(False)
    try: print("got", end.recv(100))
    except BlockingIOError: pass
print("done", end="")`,
    );
    await listener.next("hello");
    // Whoever still reads from the old socket wakes up, and must not close what is there now.
    await listener.channel.close();
    expect(await bot.ended).toEqual(alone);
  });

  test.each([
    [
      "gevent",
      "from gevent import monkey; monkey.patch_all(); import gevent",
      "gevent.joinall([gevent.spawn(ask) for _ in range(3)])",
    ],
    [
      "eventlet",
      "import eventlet; eventlet.monkey_patch()",
      "[t.wait() for t in [eventlet.spawn(ask) for _ in range(3)]]",
    ],
  ])("with everything replaced by %s", async (_, patch, go) => {
    const bot = run(
      `${patch}
import requests, os, time
def ask(): requests.get("http://localhost:" + os.environ["PORT"] + "/418")
${go}
time.sleep(0.1)
print("done", end="")`,
      { env: { EVENTLET_NO_GREENDNS: "yes" } },
    );
    await listener.next("hello");
    listener.channel.requestExitCheck(1, `http://127.0.0.1:${venue.port}/`, patient(5_000));
    expect(await bot.ended).toEqual(alone);
    expect(listener.answersOf("localhost").reduce((sum, { times }) => sum + times, 0)).toBe(3);
  });
});

describe("signals are the bot's own:", () => {
  test("SIGTERM ends it", async () => {
    const bot = run("import time; time.sleep(60)");
    await listener.next("heartbeat");
    bot.child.kill("SIGTERM");
    expect(await bot.ended).toEqual({ ...quiet, code: null, signal: "SIGTERM" });
  });

  test("its handler runs at once, in its main thread", async () => {
    const bot = run(`import signal, sys, threading, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7 if threading.current_thread() is threading.main_thread() else 8))
${asks}
time.sleep(60)`);
    // Heartbeats may come before the program has set its handler.
    await listener.next("answers");
    bot.child.kill("SIGTERM");
    expect(await bot.ended).toEqual({ ...quiet, code: 7 });
  });
});
