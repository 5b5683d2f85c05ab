from django.http import HttpRequest, HttpResponse


def imports(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def example(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def batch(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def start(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def undo(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def rejects(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)
