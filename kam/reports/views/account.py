from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)


def timeline(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse(status=404)
