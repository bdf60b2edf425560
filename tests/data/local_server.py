"""An HTTP server on the loopback that serves bytes, well or badly."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def whole(handler, content):
    """As it should be."""
    _head(handler, 200, len(content))
    handler.wfile.write(content)


def in_pieces(handler, content):
    """Whole, in many chunks and without a length."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for start in range(0, len(content), 100):
        piece = content[start : start + 100]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")


def not_found(handler, content):
    handler.send_error(404)


def broken(handler, content):
    handler.send_error(503)


def cut(handler, content):
    """Half of the promised bytes, then the connection ends."""
    _head(handler, 200, len(content))
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def cut_at_once(handler, content):
    """No answer at all."""
    handler.close_connection = True


def html(handler, content):
    """An error page with the status of a success."""
    page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
    _head(handler, 200, len(page), "text/html")
    handler.wfile.write(page)


def other(handler, content):
    """Another file of the same length."""
    whole(handler, bytes(len(content)))


def shorter(handler, content):
    whole(handler, content[:-1])


def longer(handler, content):
    whole(handler, content + bytes(1 << 20))


def silent(handler, content):
    """Takes the question and waits until the server ends."""
    handler.server.ended.wait(20)


def interrupting(handler, content):
    """Half of the file, then Ctrl-C for this process, and silence."""
    _head(handler, 200, len(content))
    handler.wfile.write(content[: len(content) // 2])
    os.kill(os.getpid(), signal.SIGINT)
    handler.server.ended.wait(20)


def _head(handler, status, length, kind="application/octet-stream"):
    handler.send_response(status)
    handler.send_header("Content-Length", str(length))
    handler.send_header("Content-Type", kind)
    handler.end_headers()


class LocalServer:
    """Serves `files` (path -> content), each path in its `manners` (path -> function).

    `asked` lists the paths that were asked for, in order.
    """

    def __enter__(self):
        self.files, self.manners, self.asked = {}, {}, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                outer.manners.get(self.path, whole)(self, outer.files[self.path])

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.ended = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._server.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, path, content, manner=whole):
        """Serve `content` at `path`; returns the address."""
        self.files[path], self.manners[path] = content, manner
        return f"http://127.0.0.1:{self._server.server_port}{path}"
