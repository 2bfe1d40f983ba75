import { expect, test } from "vitest";
import { namedDaemons } from "../../../lib/policy/named-daemons.ts";

test.each([
  [{ TMUX: "/tmp/own.sock,4711,0" }, ["/tmp/own.sock"]],
  [{ TMUX_TMPDIR: "/home/a/tmp" }, ["/home/a/tmp/tmux-1000"]],
  [{ SCREENDIR: "/home/a/.screen" }, ["/home/a/.screen"]],
  [{ PM2_HOME: "/srv/pm2" }, ["/srv/pm2/rpc.sock", "/srv/pm2/pub.sock", "/srv/pm2/interactor.sock"]],
  [{ DOCKER_HOST: "unix:///home/a/docker.sock" }, ["/home/a/docker.sock"]],
  [{ CONTAINER_HOST: "unix:///home/a/podman.sock" }, ["/home/a/podman.sock"]],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/tmp/bus,guid=1;unix:guid=2,path=/tmp/b" }, ["/tmp/bus", "/tmp/b"]],
  [{ SSH_AUTH_SOCK: "/tmp/ssh-x/agent.1" }, ["/tmp/ssh-x/agent.1"]],
  [{ NVIM: "/tmp/nvim.a/x/nvim.1.0" }, ["/tmp/nvim.a/x/nvim.1.0"]],
  [{ KITTY_LISTEN_ON: "unix:/tmp/kitty-1" }, ["/tmp/kitty-1"]],
] as const)("a daemon is where the shell's %j says", (env, places) => {
  expect(namedDaemons(env, 1000)).toEqual(places);
});

test("what names no place in the file system leads to none", () => {
  const env = {
    TMUX: "",
    SCREENDIR: "/",
    DOCKER_HOST: "tcp://10.0.0.5:2375",
    DBUS_SESSION_BUS_ADDRESS: "unix:abstract=/tmp/dbus-x",
    PM2_HOME: undefined,
    KITTY_LISTEN_ON: "unix:@kitty-1",
    EMACS_SOCKET_NAME: "server",
    PATH: "/usr/bin",
  };
  expect(namedDaemons(env, 1000)).toEqual([]);
});
