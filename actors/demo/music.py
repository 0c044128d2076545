"""The music of the demo: works that are in the public domain, one album a line: artist, album, year, genre, and its tracks."""

from typing import Final

MUSIC: Final = """
Scott Joplin|Early Rags|1902|Ragtime|Original Rags; Maple Leaf Rag; Peacherine Rag; The Easy Winners; The Entertainer
Scott Joplin|Later Rags|1909|Ragtime|Gladiolus Rag; Pine Apple Rag; Solace; Country Club; Wall Street Rag
Erik Satie|Trois Gymnopédies|1888|Classical|Lent et douloureux; Lent et triste; Lent et grave
Johann Sebastian Bach|Cello Suite No. 1|1720|Classical|Prelude; Allemande; Courante; Sarabande; Minuets; Gigue
Antonio Vivaldi|The Four Seasons|1725|Classical|Spring; Summer; Autumn; Winter
W. C. Handy|Songs of the Delta|1914|Blues|The Memphis Blues; Saint Louis Blues; Yellow Dog Blues
Clara Schumann|Romances, Op. 11|1840|Classical|Andante; Andante – Allegro passionato; Moderato
"""
