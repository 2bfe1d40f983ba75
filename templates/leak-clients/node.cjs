// The ways that Node itself has out, each run as a bot by `launch doctor --leaks`: `node node.cjs "node fetch"`.
// LEAK_* variables say where the lab's target is. Ends with 77 when this Node does not have the way, with 1 when it failed.
"use strict";

const { LEAK_TAG: tag, LEAK_HOST: host, LEAK_IPV4: ipv4, LEAK_IPV6: ipv6, LEAK_DNS: dns } = process.env;
const { LEAK_HTTP, LEAK_HTTPS, LEAK_ECHO, LEAK_UNLISTED, LEAK_QUIC, LEAK_UDP } = process.env;
const isIpv6 = host?.includes(":");
const site = isIpv6 ? `[${host}]` : host;
const plainUrl = `http://${site}:${LEAK_HTTP}/${tag}`;
const secureUrl = `https://${site}:${LEAK_HTTPS}/${tag}`;
const absent = 77;
// A program started with nothing in its environment still knows the target.
const bareGet = `require("http").get("${plainUrl}", (r) => r.resume()).on("error", () => {})`;
const variableGet =
  'const { LEAK_HOST: h, LEAK_HTTP: p, LEAK_TAG: t } = process.env; require("http").get({ host: h, port: p, path: "/" + t }, (r) => r.resume())';

const ways = {
  "node http": () => require("node:http").get(plainUrl, show).on("error", fail),
  "node https": () => require("node:https").get(secureUrl, show).on("error", fail),
  "node https, own agent": () => {
    const { Agent, get } = require("node:https");
    const agent = new Agent({ keepAlive: true });
    get(secureUrl, { agent }, (answer) => show(answer).on("end", () => agent.destroy())).on("error", fail);
  },
  "node https, ESM import": () =>
    import("node:https").then(({ get }) => get(secureUrl, show).on("error", fail)),
  "node fetch": () =>
    fetch(secureUrl)
      .then((answer) => answer.text())
      .then(console.log, fail),
  "node WebSocket": () => {
    if (typeof WebSocket === "undefined") process.exit(absent);
    const socket = new WebSocket(secureUrl.replace("https", "wss"));
    socket.onmessage = ({ data }) => {
      console.log(data);
      socket.close();
    };
    socket.onerror = fail;
  },
  "node http2": () => {
    const client = require("node:http2").connect(secureUrl);
    client.on("error", fail);
    show(client.request({ ":path": `/${tag}` })).on("close", () => client.close());
  },
  "node net, name": () => greet(LEAK_ECHO, host),
  "node net, IPv4": () => greet(LEAK_ECHO, ipv4),
  "node net, IPv6": () => greet(LEAK_ECHO, ipv6),
  "node net, unlisted port": () => greet(LEAK_UNLISTED, ipv4),
  "node tls": () => {
    const servername = require("node:net").isIP(host) === 0 ? host : "";
    const socket = require("node:tls").connect({ host, port: LEAK_HTTPS, servername }, () =>
      socket.write(`GET /${tag} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    show(socket);
  },
  "node dns.lookup": () => require("node:dns").lookup(`${tag}.${host}`, told),
  "node dns.resolve4": () => require("node:dns").resolve4(`${tag}.${host}`, told),
  "node dns, server in the code": () => {
    const resolver = new (require("node:dns").Resolver)({ timeout: 500, tries: 1 });
    resolver.setServers([dns]);
    resolver.resolve4(`${tag}.${host}`, told);
  },
  "node dgram, UDP 443": () => {
    const socket = require("node:dgram").createSocket("udp4").on("error", fail);
    socket.send(tag, LEAK_QUIC, ipv4, (error) => {
      socket.close();
      if (error) fail(error);
    });
  },
  "node dgram, connected, IPv6": () => {
    const socket = require("node:dgram").createSocket("udp6").on("error", fail);
    socket.connect(Number(LEAK_UDP), ipv6, (error) => {
      if (error) {
        socket.close();
        fail(error);
      } else socket.send(tag, () => socket.close());
    });
  },
  "node worker, bare": () => {
    const { Worker } = require("node:worker_threads");
    new Worker(bareGet, { eval: true, env: {}, execArgv: [] }).on("error", fail);
  },
  "node child": () => runChild(variableGet, {}),
  "node child, empty environment": () => runChild(bareGet, { env: {} }),
  "node native handle": () => {
    const { TCP, TCPConnectWrap } = process.binding("tcp_wrap");
    const [handle, request] = [new TCP(0), new TCPConnectWrap()];
    request.oncomplete = (status) => {
      console.log("status", status);
      handle.close();
    };
    const code = handle.connect(request, ipv4, Number(LEAK_HTTP));
    if (code) fail(new Error(`refused ${code}`));
  },
};

process.on("uncaughtException", fail).on("unhandledRejection", fail);
const way = ways[process.argv[2]];
if (way === undefined || host === undefined) {
  console.error(
    `Usage: LEAK_HOST=… node node.cjs WAY, where WAY is one of:\n${Object.keys(ways).join("\n")}`,
  );
  process.exitCode = 64;
} else way();

function show(stream) {
  return stream.on("data", (data) => process.stdout.write(data)).on("error", fail);
}

function greet(port, address) {
  const socket = require("node:net").connect(Number(port), address);
  show(socket).on("connect", () => socket.write(tag));
}

function told(error, found) {
  if (error) fail(error);
  else console.log(found);
}

function runChild(code, options) {
  require("node:child_process").execFile(process.execPath, ["-e", code], options, (error) => {
    if (error) fail(error);
  });
}

function fail(error) {
  console.log(error.code ?? error.message);
  process.exitCode = 1;
}
