#!/bin/sh
# Says that it is a solver, answers what is known, and dies at the first real question.
[ "$1" = --version ] && { echo 'This is cvc5 version 0.0.0'; exit; }
for answer in unsat sat; do
    while read -r line && [ "$line" != '(check-sat)' ]; do :; done
    echo $answer
done
