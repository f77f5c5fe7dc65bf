"""What goes out in writing: letters, results, blank papers. Callers need these names and no others."""

from linli.services.gov.letters.forms import paper_form, paper_url, read_paper
from linli.services.gov.letters.papers import mandate, pdf, rate_url, result, verify_url
from linli.services.gov.letters.writing import preview, title, write

__all__ = ["mandate", "paper_form", "paper_url", "pdf", "preview", "rate_url", "read_paper", "result", "title",
           "verify_url", "write"]
