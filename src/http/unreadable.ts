import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bodyOf, PROBLEM_TYPE, problem } from './problem.ts';

/** What never reaches a route, as it cannot be read: answered on the bare socket. */

/** By Node's error codes. */
export function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET') return;
  if (error.code === 'HPE_HEADER_OVERFLOW') return refuse(socket, '431 Request Header Fields Too Large');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse(socket, '408 Request Timeout');
  refuse(socket, '400 Bad Request');
}

/** A request for a WebSocket that lacks what a handshake needs (RFC 6455 §4.2). */
export const answerHandshake = (_error: Error, socket: Duplex): void => refuse(socket, '400 Bad Request', 'Sec-WebSocket-Version: 13\r\n');

/** Whether an Upgrade header is for us. */
export const asksForWebSocket = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean => headers.upgrade?.toLowerCase() === 'websocket';

function refuse(socket: Duplex, status: string, headers = ''): void {
  if (!socket.writable) return;
  const body = bodyOf(problem('invalid_payload', 'The request could not be read.', { status: Number.parseInt(status, 10) }));
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}Connection: close\r\n\r\n${body}`);
}
