"""What every engine has to answer: the corpus, the cases over it, and the list of what must be shown or never asked."""
