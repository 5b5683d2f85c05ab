"""What a person who starts the product is told when it cannot be served."""

import os
import socket
import subprocess
import sys
from pathlib import Path

SERVE = Path(__file__).resolve().parents[2] / "scripts" / "serve.py"


def test_a_port_taken_during_the_set_up_is_one_sentence_and_nothing_is_started(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        env = {**os.environ, "PORT": port, "KAM_DATA_DIR": str(tmp_path)}
        ended = subprocess.run([sys.executable, SERVE], env=env, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert ended.stderr == f"Port {port} is taken by another program; choose another one.\n"
    assert list(tmp_path.iterdir()) == []
