"""Mail by SMTP. The reference is the Message-ID, so that a mailbox shows a mail that was sent twice once."""

from __future__ import annotations

import contextlib
import smtplib
from email.encoders import encode_base64
from email.message import Message
from email.mime.base import MIMEBase
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from kam.notifications.rules.answers import Answer, Parcel, Verdict
from kam.notifications.rules.files import File
from kam.notifications.rules.pace import TIMEOUT_SECONDS

NOT_CONFIGURED = "django.core.mail.backends.dummy.EmailBackend"


def send(parcel: Parcel) -> Answer:
    """Hand the mail to the server."""
    if settings.EMAIL_BACKEND == NOT_CONFIGURED:
        return Answer(Verdict.REFUSED, "not.configured")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    connection = get_connection(timeout=TIMEOUT_SECONDS) if smtp else get_connection()
    mail = EmailMessage(
        parcel.subject.replace("\n", " ").replace("\r", " "),
        parcel.text,
        settings.DEFAULT_FROM_EMAIL,
        [parcel.address],
        headers={"Message-ID": f"<{parcel.reference}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    for file in parcel.files:
        mail.attach(_part(file))
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        # Nothing has left. A wrong password is ours to mend, so the message keeps its turn.
        return Answer(Verdict.LATER, "login" if isinstance(error, smtplib.SMTPAuthenticationError) else "connect")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _by_code(next(iter(error.recipients.values()))[0])
    except smtplib.SMTPResponseException as error:
        return _by_code(error.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Answer(Verdict.UNKNOWN, "dropped")
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):  # taken is taken, however the line ended
            connection.close()
    return Answer(Verdict.ACCEPTED, "smtp.250")


def _part(file: File) -> MIMEBase:
    """Return a file as part of a mail; its type keeps its parameters, by which a calendar knows an invitation."""
    described = Message()
    described["Content-Type"] = file.media_type
    part = MIMEBase(described.get_content_maintype(), described.get_content_subtype())
    for name, value in described.get_params([])[1:]:
        part.set_param(name, value)
    if described.get_content_maintype() == "text":
        part.set_param("charset", "utf-8")
    part.set_payload(file.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=file.name)
    return part


def _by_code(code: int) -> Answer:
    return Answer(Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER, f"smtp.{code}")
