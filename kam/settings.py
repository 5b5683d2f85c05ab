"""Settings: one file; everything that differs between places comes from the environment (docs/production.md)."""

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("KAM_DATA_DIR", default=str(BASE_DIR / "data")))
PRODUCTION = env.str("KAM_ENV", default="development") == "production"
DEBUG = env.bool("DEBUG", default=False)


def secret(name: str, file: str, *, needed: bool = True) -> str:
    """Read a secret from the environment, else from the key folder; production never invents one it needs."""
    if name in os.environ:
        return os.environ[name]
    path = Path(env.str("KAM_KEY_DIR", default=str(DATA_DIR / "keys"))) / file
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    if not needed:
        return ""
    if PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}, or put it into {path} (docs/production.md, keys).")
    return f"development-only-{file}-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFG"


SECRET_KEY = secret("SECRET_KEY", "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Personal data: lines `id:base64 of 32 bytes`; the first writes, all of them read (manage.py rekey).
FIELD_KEYS = secret("KAM_FIELD_KEYS", "field_keys")
INDEX_KEY = secret("KAM_INDEX_KEY", "index_key")
AUDIT_KEY = secret("KAM_AUDIT_KEY", "audit_key")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How many proxies of ours stand in front; 0 means the peer's own address is taken.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

INSTALLED_APPS = [
    "kam.core",
    "kam.notifications",
    "kam.accounts",
    "kam.network",
    "kam.metering",
    "kam.equipment",
    "kam.billing",
    "kam.outage_planning",
    "kam.credit",
    "kam.service_desk",
    "kam.visits",
    "kam.reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "django_q",
    "template_partials",
]

MIDDLEWARE = [
    "kam.core.access.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kam.core.access.middleware.SessionLimits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "kam.core.access.middleware.Owed",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last: the forgery check and the sign-in have been passed when it looks at a form.
    "kam.core.access.once.Once",
]

ROOT_URLCONF = "kam.urls"
WSGI_APPLICATION = "kam.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kam.core.access.page_context",
            ],
            "builtins": ["kam.core.templatetags.kam", "django.templatetags.i18n"],
        },
    }
]

SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
    ),
}
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"].setdefault("OPTIONS", {})
        DATABASES["default"]["OPTIONS"].setdefault("options", "-c lock_timeout=3s -c statement_timeout=30s")
        # A database that is gone must not hold a page, or /ready, for minutes.
        DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 2)
        DATABASES["default"]["OPTIONS"].setdefault("tcp_user_timeout", 5000)
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "kam.sqlite3"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "shared": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"},
    # Apart, so that many forms do not push counters of the shared one out.
    "once": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache" / "once",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}
if env.str("REDIS_URL", default=""):
    CACHES = {
        name: {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.str("REDIS_URL")}
        for name in ("default", "shared", "once")
    }

Q_CLUSTER = {
    "name": "kam",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "queue_limit": 2,
    "bulk": 1,
    # A long import or report batch is one task; see RELIABILITY 3.2: retry > timeout * (1 + queue_limit / workers).
    "timeout": 1800,
    "retry": 7200,
    "max_attempts": 3,
    "ack_failures": False,
    "catch_up": False,
    "guard_cycle": 1,
    "recycle": 200,
    "save_limit": 1000,
    "poll": 0.5,
    "cache": "shared",
}

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "kam.core.access.sign_in.StaffBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "kam.core.access.sign_in.StaffAccounts"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False  # a session ends with the browser, 30 minutes idle, or 12 hours
# By address only what stops a flood: a whole office signs in from one address at eight in the morning.
# Guesses at one account are counted by kam.core.access.sign_in, in the database.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "60/m/ip", "change_password": "5/m/user"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "KAM"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be 30 s off; a used code is refused all the same
MFA_FORMS = {
    "authenticate": "kam.core.forms.sign_in.CodeForm",
    "reauthenticate": "kam.core.forms.sign_in.CodeAgainForm",
}
MFA_ADAPTER = "kam.core.access.sign_in.SecondFactorAdapter"
# Roles that must have a second factor before anything else; "all" or role codes. Off in the demonstration.
MFA_REQUIRED_ROLES = env.list("MFA_REQUIRED_ROLES", default=["all"] if PRODUCTION else [])
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = 0.5  # hours
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_PROXY_COUNT = PROXY_COUNT
AXES_CLIENT_IP_CALLABLE = "kam.core.access.sign_in.client_address"
AXES_WHITELIST_CALLABLE = "kam.core.access.sign_in.is_known_device"
AXES_LOCKOUT_CALLABLE = "kam.core.access.sign_in.locked_out"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = False  # SessionLimits slides it at most once a minute
SESSION_ABSOLUTE_SECONDS = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # the page carries the token; no script reads the cookie
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kam.core.views.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
FORMAT_MODULE_PATH = "kam.core.formats"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("KAM_STATIC_ROOT", default=str(BASE_DIR / "build" / "collected")))
STATICFILES_DIRS = [p for p in (BASE_DIR / "static", BASE_DIR / "build" / "static") if p.exists()]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.bool("KAM_PLAIN_STATIC", default=False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_LIMIT_BYTES = env.int("UPLOAD_LIMIT_BYTES", default=200 * 1024 * 1024)

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

COMPANY_NAME = env.str("COMPANY_NAME", default="")
# What customers call, and where their links lead: told in messages, where no request says it.
COMPANY_PHONE = env.str("COMPANY_PHONE", default="95598")
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")

# ---- messages: what is not configured is passed over, and the next channel of the message has its turn
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_SECRET = secret("SMS_GATEWAY_SECRET", "sms_gateway_secret", needed=False)
SMS_RECEIPT_URL = env.str("SMS_RECEIPT_URL", default="")
SMS_PER_SECOND = env.float("SMS_PER_SECOND", default=100.0)
MAIL_PER_SECOND = env.float("MAIL_PER_SECOND", default=20.0)
CHAT_PER_SECOND = env.float("CHAT_PER_SECOND", default=0.3)  # the makers allow a robot 20 lines a minute
CHAT_SCHEMAS = env.list("CHAT_SCHEMAS", default=["wecombot", "dingtalk", "feishu", "lark"])
CHAT_REFUSE_PRIVATE = env.bool("CHAT_REFUSE_PRIVATE", default=False)
RELAY_IN_FLIGHT = env.int("RELAY_IN_FLIGHT", default=16)
# Mail of customers: imaps://user:password@host:993/INBOX; empty: none is fetched.
IMAP_URL = env.str("IMAP_URL", default="")
IMAP_PASSWORD = secret("IMAP_PASSWORD", "imap_password", needed=False)
METRICS_TOKEN = secret("METRICS_TOKEN", "metrics_token", needed=False)
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="kam@localhost")
SILENCED_SYSTEM_CHECKS = ["django_q.W001"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "kam.lib.logs.Redact"}},
    "formatters": {"json": {"()": "kam.lib.logs.JsonLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["redact"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
        "apprise": {"level": "CRITICAL"},  # it names the secret addresses of robots
    },
}
