"""A minimal equivalent of the original's API: Flask, and one row of SQLite for a job, committed before the reply.

original.py PORT DATABASE. It does what the original's POST /pcap_json did, and nothing else: no capture is made."""

import random
import sqlite3
import sys

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

MEMBERS = ("iface", "proto", "src", "dst", "bucket", "duration")
PATIENCE_SECONDS = 30  # for the write lock, which all threads share

app = Flask(__name__)
database = sys.argv[2] if len(sys.argv) > 2 else ""


def connect() -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=PATIENCE_SECONDS)


@app.route("/pcap_json", methods=["POST"])
def pcap_json() -> ResponseReturnValue:
    asked = request.get_json()
    if any(name not in asked for name in MEMBERS):
        return "a member is missing", 400
    connection = connect()
    try:
        for _ in range(100):
            number = random.randint(100_000, 999_999)
            try:
                with connection:
                    connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, 'WAITING', '')",
                                       (number, *(str(asked[name]) for name in MEMBERS)))
                return jsonify({"job_id": str(number)})
            except sqlite3.IntegrityError:
                continue
    finally:
        connection.close()
    return "no number is free", 500


def main() -> None:
    connection = connect()
    with connection:
        connection.execute("CREATE TABLE jobs (job_id INTEGER PRIMARY KEY, iface TEXT, proto TEXT, src TEXT, dst TEXT, "
                           "bucket TEXT, duration TEXT, status TEXT, filename TEXT)")
    connection.close()
    app.run("127.0.0.1", int(sys.argv[1]))


if __name__ == "__main__":
    main()
