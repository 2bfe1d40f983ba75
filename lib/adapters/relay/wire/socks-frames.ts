import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

// SOCKS5 (RFC 1928) with user and password (RFC 1929), as bytes in and out; no sockets here.

export const socksVersion = 5;
export const socksMethods = { none: 0, password: 2, unacceptable: 0xff } as const;
export const socksCommands = { connect: 1 } as const;

/** A frame taken from the front of what has arrived; undefined while bytes are missing. */
export interface Taken<T> {
  readonly value: T;
  readonly rest: Buffer;
}

/** The bytes can never become a valid frame. */
export class SocksFrameError extends Error {
  override readonly name = "SocksFrameError";
}

/** The methods that a client offers. */
export function takeGreeting(bytes: Buffer): Taken<readonly number[]> | undefined {
  checkVersion(bytes, socksVersion);
  const end = 2 + (bytes[1] ?? 0);
  if (bytes.length < 2 || bytes.length < end) return undefined;
  return { value: [...bytes.subarray(2, end)], rest: bytes.subarray(end) };
}

/** A client's user and password, as bytes. */
export function takePassword(
  bytes: Buffer,
): Taken<{ readonly user: Buffer; readonly pass: Buffer }> | undefined {
  checkVersion(bytes, 1);
  const userEnd = 2 + (bytes[1] ?? 0);
  const passEnd = userEnd + 1 + (bytes[userEnd] ?? 0);
  if (bytes.length < userEnd + 1 || bytes.length < passEnd) return undefined;
  const value = { user: bytes.subarray(2, userEnd), pass: bytes.subarray(userEnd + 1, passEnd) };
  return { value, rest: bytes.subarray(passEnd) };
}

/** What a client asks for: a command, a host (name or literal without brackets) and a port. */
export interface SocksRequest {
  readonly command: number;
  readonly host: string;
  readonly port: number;
}

/** A client's request. */
export function takeRequest(bytes: Buffer): Taken<SocksRequest> | undefined {
  checkVersion(bytes, socksVersion);
  const address = takeAddress(bytes);
  if (address === undefined) return undefined;
  const { host, port } = address.value;
  return { value: { command: bytes[1] ?? 0, host, port }, rest: address.rest };
}

/** The method that a server chose. */
export function takeMethod(bytes: Buffer): Taken<number> | undefined {
  checkVersion(bytes, socksVersion);
  return takePair(bytes);
}

/** A server's verdict on user and password; 0 is welcome. Its version byte is 1 in the standard, and 5, 0 or anything on real servers. */
export function takeVerdict(bytes: Buffer): Taken<number> | undefined {
  return takePair(bytes);
}

/** A server's reply code; 0 is connected. A refusal may come short, without its address. */
export function takeReply(bytes: Buffer): Taken<number> | undefined {
  checkVersion(bytes, socksVersion);
  const code = bytes[1];
  if (code === undefined) return undefined;
  if (code !== 0) return { value: code, rest: bytes.subarray(bytes.length) };
  const address = takeAddress(bytes);
  return address === undefined ? undefined : { value: code, rest: address.rest };
}

/** Offers password when there is one, and always none: a proxy that knows our address may want nothing. */
export function greeting(hasPassword: boolean): Buffer {
  return Buffer.from(hasPassword ? [5, 2, 0, 2] : [5, 1, 0]);
}

/** User and password in UTF-8; undefined when one is longer than the protocol's 255 bytes. */
export function passwordFrame(user: string, pass: string): Buffer | undefined {
  const [userBytes, passBytes] = [Buffer.from(user, "utf8"), Buffer.from(pass, "utf8")];
  if (userBytes.length > 255 || passBytes.length > 255) return undefined;
  return Buffer.concat([
    Buffer.from([1, userBytes.length]),
    userBytes,
    Buffer.from([passBytes.length]),
    passBytes,
  ]);
}

/** A CONNECT request; names stay names, so that the proxy resolves them. */
export function connectFrame(host: string, port: number): Buffer {
  const end = Buffer.alloc(2);
  end.writeUInt16BE(port);
  return Buffer.concat([Buffer.from([socksVersion, socksCommands.connect, 0]), addressBytes(host), end]);
}

/** A reply to a client, with the unspecified address. */
export function replyFrame(code: number): Buffer {
  return Buffer.from([socksVersion, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

function checkVersion(bytes: Buffer, version: number): void {
  const first = bytes[0];
  if (first !== undefined && first !== version) throw new SocksFrameError(`version ${first}, not ${version}`);
}

function takePair(bytes: Buffer): Taken<number> | undefined {
  const value = bytes[1];
  return value === undefined ? undefined : { value, rest: bytes.subarray(2) };
}

function addressBytes(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...ipaddr.IPv4.parse(host).toByteArray()]);
  if (isIPv6(host)) return Buffer.from([4, ...ipaddr.IPv6.parse(host).toByteArray()]);
  const name = Buffer.from(host, "latin1");
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

// Requests and replies share their shape: version, command or code, reserved, address type, address, port.
function takeAddress(bytes: Buffer): Taken<{ readonly host: string; readonly port: number }> | undefined {
  const type = bytes[3];
  if (type === undefined) return undefined;
  if (type !== 1 && type !== 3 && type !== 4) throw new SocksFrameError(`address type ${type}`);
  const length = type === 1 ? 4 : type === 4 ? 16 : bytes[4];
  if (length === undefined) return undefined;
  const start = type === 3 ? 5 : 4;
  const end = start + length;
  if (bytes.length < end + 2) return undefined;
  const raw = bytes.subarray(start, end);
  const host = type === 3 ? raw.toString("latin1") : ipaddr.fromByteArray([...raw]).toString();
  return { value: { host, port: bytes.readUInt16BE(end) }, rest: bytes.subarray(end + 2) };
}
