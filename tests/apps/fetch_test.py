#!/usr/bin/env python3
"""Downloads of public data sets, from a server on this machine that behaves badly on demand.

Usage: fetch_test.py FORKNET [unittest arguments]. Everything happens in a temporary folder. What ends
well needs the real files: FORKNET_TEST_DATA names a folder with mnist/.
"""
import gzip
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
NAMES = [f"{part}-ubyte.gz" for part in ("train-images-idx3", "train-labels-idx1",
                                         "t10k-images-idx3", "t10k-labels-idx1")]
DATA = os.environ.get("FORKNET_TEST_DATA")
REAL = os.path.join(DATA, "mnist") if DATA else ""
HAS_DATA = all(os.path.exists(os.path.join(REAL, name)) for name in NAMES)


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends server.files[name], as server.manners say."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        manners, name = self.server.manners, os.path.basename(self.path)
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        if "redirect" in manners and not self.path.startswith("/moved"):
            return self.answer(302, Location=manners["redirect"].format(name=name))
        if "status" in manners:
            return self.answer(manners["status"])
        content = self.server.files[name]
        begin = 0
        if asked and manners.get("ranges", True):
            begin = int(asked[len("bytes="):-1])
            if begin >= len(content):
                return self.answer(416)
            shown = manners.get("wrong_range", begin)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        cut = manners.get("cut")
        self.wfile.write(content[begin:begin + cut] if cut else content[begin:])
        if "stall" in manners:
            manners["stall"].set()
            self.rfile.read(1)  # until the client is gone
            return None
        if cut and cut < len(content) - begin:
            self.close_connection = True
        return None

    def answer(self, status, **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="forknet-fetch-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client may leave before the end
        self.server.asked, self.server.manners = [], {}
        self.server.files = {name: b"<!DOCTYPE html><html>not found</html>" for name in NAMES}
        if HAS_DATA:
            for name in NAMES:
                with open(os.path.join(REAL, name), "rb") as file:
                    self.server.files[name] = file.read()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def command(self, url=None):
        """What is run, and how."""
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return ([PROGRAM, "data", "fetch", "mnist", self.path(), "--from", url or self.url],
                {"text": True, "env": environment, "stdin": subprocess.DEVNULL})

    def fetch(self, url=None):
        words, how = self.command(url)
        return subprocess.run(words, capture_output=True, timeout=120, **how)

    def path(self, *parts):
        return os.path.join(self.folder, "mnist", *parts)

    def names(self):
        return sorted(name for name in os.listdir(self.path()) if not name.startswith("."))

    def refused(self, part, url=None):
        """A fetch that fails as a data error and leaves no file under its own name."""
        ended = self.fetch(url)
        self.assertEqual(ended.returncode, 4, ended.stderr)
        self.assertIn(part, ended.stderr)
        self.assertLessEqual(ended.stderr.count("\n"), 6, ended.stderr)
        self.assertFalse(set(self.names()) & set(NAMES))
        return ended

    def fetched(self):
        """A fetch that ends well, with the bytes of the server."""
        ended = self.fetch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(self.names(), sorted(NAMES))
        for name in NAMES:
            with open(self.path(name), "rb") as file:
                self.assertEqual(file.read(), self.server.files[name])
        return ended

    def test_a_program_that_fetches_nothing_loads_no_libraries_for_it(self):
        ended = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True,
                               env={**os.environ, "LD_DEBUG": "libs"})
        self.assertIn("libc.so.6", ended.stderr)
        self.assertNotRegex(ended.stderr, "libcurl|libcrypto|libssl")

    def test_another_content_is_refused_and_not_kept(self):
        self.server.files[NAMES[0]] = gzip.compress(b"something else")
        self.refused("not the data set\nsha256 of the content: ")
        self.assertEqual(self.names(), [])

    def test_a_web_page_is_called_one(self):
        self.server.files[NAMES[0]] = b"<!DOCTYPE html><html>please log in</html>"
        self.refused("not the data set: a web page")
        self.assertEqual(self.names(), [])

    def test_what_the_server_answers_is_told(self):
        self.server.manners = {"status": 404}
        self.refused(f"{self.url}/{NAMES[0]}: The requested URL returned error: 404")

    def test_redirects_end(self):
        self.server.manners = {"redirect": "/{name}"}
        self.refused("Maximum (5) redirects followed")
        self.server.manners = {"redirect": "file:///etc/passwd"}
        self.refused("Protocol \"file\" not supported or disabled")

    def test_a_server_that_is_not_there_is_told(self):
        self.refused("Failed to connect to 127.0.0.1", "http://127.0.0.1:1")

    def test_a_connection_that_brings_nothing_is_given_up(self):
        self.server.files[NAMES[0]] = b"x" * 1000
        self.server.manners = {"cut": 10, "ranges": False}
        ended = self.refused("10 bytes are kept in ")
        self.assertIn("the same command continues from there", ended.stderr)
        self.assertEqual(self.names(), [NAMES[0] + ".part"])

    def test_killed_it_leaves_no_file_under_its_own_name(self):
        stall = threading.Event()
        self.server.files[NAMES[0]] = b"x" * 100_000
        self.server.manners = {"cut": 50_000, "stall": stall}
        words, how = self.command()
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how) as process:
            self.assertTrue(stall.wait(60))
            process.kill()
        self.assertFalse(set(self.names()) & set(NAMES))
        self.server.manners = {}
        if HAS_DATA:
            with open(os.path.join(REAL, NAMES[0]), "rb") as file:
                self.server.files[NAMES[0]] = file.read()
            self.fetched()

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_a_set_is_fetched_once(self):
        self.fetched()
        asked = len(self.server.asked)
        again = self.fetch()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(again.stdout.count("is there already, verified"), 4)
        self.assertEqual(len(self.server.asked), asked)

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_connections_that_are_cut_are_taken_up_again(self):
        self.server.manners = {"cut": 3_000_000}
        self.fetched()
        self.assertIn((f"/{NAMES[0]}", "bytes=3000000-"), self.server.asked)

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_a_part_of_an_earlier_fetch_is_completed(self):
        whole = self.server.files[NAMES[0]]
        for part, manners in ((whole[:1000], {}), (whole[:1000], {"ranges": False}), (whole, {}),
                              (whole + b"x", {}), (b"damaged" * 100, {})):
            with self.subTest(part=part[:8], length=len(part), manners=manners):
                shutil.rmtree(self.path(), ignore_errors=True)
                os.makedirs(self.path())
                with open(self.path(NAMES[0] + ".part"), "wb") as file:
                    file.write(part)
                self.server.manners = manners
                self.fetched()

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_a_part_that_was_not_asked_for_is_refused(self):
        os.makedirs(self.path())
        with open(self.path(NAMES[0] + ".part"), "wb") as file:
            file.write(self.server.files[NAMES[0]][:1000])
        self.server.manners = {"wrong_range": 7}
        self.refused("the server sent another part than requested")

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_redirects_are_followed(self):
        self.server.manners = {"redirect": "/moved/{name}"}
        self.fetched()

    @unittest.skipUnless(HAS_DATA, "FORKNET_TEST_DATA names no folder with mnist/")
    def test_a_damaged_file_of_the_name_is_replaced(self):
        os.makedirs(self.path())
        with open(self.path(NAMES[1]), "wb") as file:
            file.write(b"cut")
        self.fetched()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
