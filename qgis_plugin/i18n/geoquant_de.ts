<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
<name>geoquant</name>
<message>
<source> At least {}.</source>
<translation> Mindestens {}.</translation>
</message>
<message>
<source> Separated by commas: {}</source>
<translation> Durch Kommas getrennt: {}</translation>
</message>
<message>
<source>A file for the page of results, which otherwise goes when QGIS does.</source>
<translation>Eine Datei für die Ergebnisseite, die sonst mit QGIS verschwindet.</translation>
</message>
<message>
<source>A model out of the list, or any ONNX file, float or INT8.</source>
<translation>Ein Modell aus der Liste oder eine beliebige ONNX-Datei, float oder INT8.</translation>
</message>
<message>
<source>A model without a card is shown with what is missing, and with the parameter that gives it.</source>
<translation>Bei einem Modell ohne Karte wird gezeigt, was fehlt und welcher Parameter es angibt.</translation>
</message>
<message>
<source>A model without a card runs when the parameters from “Model card in a file of its own” on say what a card would.</source>
<translation>Ein Modell ohne Karte läuft, wenn die Parameter ab „Modellkarte in eigener Datei“ sagen, was eine Karte sagen würde.</translation>
</message>
<message>
<source>A mosaic is made of two scenes or more; choose them or their folder, or take “Classify raster”.</source>
<translation>Ein Mosaik besteht aus mindestens zwei Szenen; wählen Sie diese oder ihren Ordner, oder nehmen Sie „Raster klassifizieren“.</translation>
</message>
<message>
<source>A quality mask for each scene, in the same order, on any grid. Without one, a product's own, else spectral tests tell the imaging conditions.</source>
<translation>Eine Qualitätsmaske für jede Szene, in derselben Reihenfolge, auf beliebigem Raster. Ohne Maske sagen die des Produkts oder sonst Spektraltests, welche Aufnahmebedingungen herrschen.</translation>
</message>
<message>
<source>A raster layer: GeoTIFF, VRT, /vsicurl/ address, or any layer of a Sentinel-2 or Landsat Collection 2 product, which stands for the whole product.</source>
<translation>Ein Rasterlayer: GeoTIFF, VRT, /vsicurl/-Adresse oder ein beliebiger Layer eines Sentinel-2- oder Landsat-Collection-2-Produkts, der für das ganze Produkt steht.</translation>
</message>
<message>
<source>A raster that says what is cloud, shadow, snow or water, on any grid.</source>
<translation>Ein Raster beliebiger Auflösung, das sagt, was Wolke, Schatten, Schnee oder Wasser ist.</translation>
</message>
<message>
<source>About the scene</source>
<translation>Zur Szene</translation>
</message>
<message>
<source>Address of a proxy, such as http://host:3128; user:password@ goes before the host if it asks.</source>
<translation>Adresse eines Proxys, etwa http://host:3128; benutzer:passwort@ steht vor dem Host, wenn er danach fragt.</translation>
</message>
<message>
<source>All files</source>
<translation>Alle Dateien</translation>
</message>
<message>
<source>All rasters and products in this folder are scenes, too; what lies in folders below is not looked at.</source>
<translation>Auch alle Raster und Produkte in diesem Ordner sind Szenen; was in Unterordnern liegt, wird nicht betrachtet.</translation>
</message>
<message>
<source>Also gives a map of how much of each 256 x 256 px of the scene is unlike what the model was calibrated on, in percent; for INT8 models.</source>
<translation>Gibt auch eine Karte, wie viel von je 256 x 256 px der Szene anders ist als bei der Kalibrierung des Modells, in Prozent; für INT8-Modelle.</translation>
</message>
<message>
<source>Also gives a map of the winning class's probability in percent: strong colours where it is unsure.</source>
<translation>Gibt auch eine Karte der Wahrscheinlichkeit der gewählten Klasse in Prozent: kräftige Farben, wo sie unsicher ist.</translation>
</message>
<message>
<source>Also loads the model into each engine, to see how much runs in INT8 and what stays in float.</source>
<translation>Lädt das Modell auch in jede Engine und zeigt, wie viel in INT8 läuft und was in float bleibt.</translation>
</message>
<message>
<source>Also look at the values of each band</source>
<translation>Auch die Werte jedes Bandes ansehen</translation>
</message>
<message>
<source>Also look at what each engine runs in INT8</source>
<translation>Auch ansehen, was jede Engine in INT8 rechnet</translation>
</message>
<message>
<source>Also map the confidence</source>
<translation>Auch die Konfidenz kartieren</translation>
</message>
<message>
<source>Also map the drift</source>
<translation>Auch die Drift kartieren</translation>
</message>
<message>
<source>Also measure what each layer costs</source>
<translation>Auch messen, was jede Schicht kostet</translation>
</message>
<message>
<source>Also measures what each layer alone costs in INT8; a picture of it lies beside the model.</source>
<translation>Misst auch, was jede Schicht allein in INT8 kostet; ein Bild davon liegt neben dem Modell.</translation>
</message>
<message>
<source>Also read the scene coarsely: with which values does each band enter?</source>
<translation>Die Szene auch grob lesen: Mit welchen Werten geht jedes Band ein?</translation>
</message>
<message>
<source>Also write how much there is of each class (CSV).</source>
<translation>Auch schreiben, wie viel es von jeder Klasse gibt (CSV).</translation>
</message>
<message>
<source>Also write the card as a STAC item of the MLM extension (JSON).</source>
<translation>Die Karte auch als STAC-Item der MLM-Erweiterung schreiben (JSON).</translation>
</message>
<message>
<source>An extent needs the CRS of the map where the scenes come from a folder; choose one.</source>
<translation>Eine Ausdehnung braucht das KBS der Karte, wenn die Szenen aus einem Ordner kommen; wählen Sie eines.</translation>
</message>
<message>
<source>Area</source>
<translation>Fläche</translation>
</message>
<message>
<source>Area by class</source>
<translation>Fläche je Klasse</translation>
</message>
<message>
<source>Area of interest (polygons)</source>
<translation>Interessengebiet (Polygone)</translation>
</message>
<message>
<source>As the network sees them</source>
<translation>Wie das Netz sie sieht</translation>
</message>
<message>
<source>Available</source>
<translation>Vorhanden</translation>
</message>
<message>
<source>Band</source>
<translation>Band</translation>
</message>
<message>
<source>Bands</source>
<translation>Bänder</translation>
</message>
<message>
<source>Bands in the model's order: names, common names, 1-based indices, ranges of these (1-129,136-224), or wavelengths where the scene tells them (665nm, 420-900nm).</source>
<translation>Bänder in der Reihenfolge des Modells: Namen, gebräuchliche Namen, Nummern ab 1, Bereiche von Nummern (1-129,136-224) oder Wellenlängen, wo die Szene sie nennt (665nm, 420-900nm).</translation>
</message>
<message>
<source>Bands of the scene, in the model's order</source>
<translation>Bänder der Szene in der Reihenfolge des Modells</translation>
</message>
<message>
<source>Bands that the model was trained on</source>
<translation>Bänder, mit denen das Modell trainiert wurde</translation>
</message>
<message>
<source>Bands that the model was trained on, in the order of its input channels.</source>
<translation>Bänder, mit denen das Modell trainiert wurde, in der Reihenfolge seiner Eingangskanäle.</translation>
</message>
<message>
<source>Bands: {}</source>
<translation>Bänder: {}</translation>
</message>
<message>
<source>CRS of the map</source>
<translation>KBS der Karte</translation>
</message>
<message>
<source>CSV files</source>
<translation>CSV-Dateien</translation>
</message>
<message>
<source>Calibration</source>
<translation>Kalibrierung</translation>
</message>
<message>
<source>Calibration tiles</source>
<translation>Kalibrierkacheln</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes.</source>
<translation>Kalibrierkacheln, die aus allen Szenen gewählt werden.</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes; 32 to 128 are usual.</source>
<translation>Kalibrierkacheln, die aus allen Szenen gewählt werden; 32 bis 128 sind üblich.</translation>
</message>
<message>
<source>Cancelled; the environment was not made.</source>
<translation>Abgebrochen; die Umgebung wurde nicht erstellt.</translation>
</message>
<message>
<source>Candidates</source>
<translation>Kandidaten</translation>
</message>
<message>
<source>Card as a STAC item</source>
<translation>Karte als STAC-Item</translation>
</message>
<message>
<source>Check</source>
<translation>Prüfen</translation>
</message>
<message>
<source>Checking the environment</source>
<translation>Umgebung prüfen</translation>
</message>
<message>
<source>Choose a model</source>
<translation>Modell wählen</translation>
</message>
<message>
<source>Choose an ONNX file</source>
<translation>Eine ONNX-Datei wählen</translation>
</message>
<message>
<source>Choose calibration tiles</source>
<translation>Kalibrierkacheln wählen</translation>
</message>
<message>
<source>Choose the Model for Previews…</source>
<translation>Modell für die Vorschau wählen…</translation>
</message>
<message>
<source>Chooses the tiles of your scenes that calibrate an INT8 model and those that judge it, and says why.</source>
<translation>Wählt die Kacheln Ihrer Szenen, die ein INT8-Modell kalibrieren, und die, die es beurteilen, und sagt warum.</translation>
</message>
<message>
<source>Choosing the engine that is fastest on this computer</source>
<translation>Die auf diesem Rechner schnellste Engine wählen</translation>
</message>
<message>
<source>Choosing tiles</source>
<translation>Kacheln wählen</translation>
</message>
<message>
<source>Chosen tiles</source>
<translation>Gewählte Kacheln</translation>
</message>
<message>
<source>Class</source>
<translation>Klasse</translation>
</message>
<message>
<source>Class map</source>
<translation>Klassenkarte</translation>
</message>
<message>
<source>Class polygons</source>
<translation>Klassenpolygone</translation>
</message>
<message>
<source>Classes</source>
<translation>Klassen</translation>
</message>
<message>
<source>Classes in the order of the output channels; value=name sets a value.</source>
<translation>Klassen in der Reihenfolge der Ausgangskanäle; wert=name legt einen Wert fest.</translation>
</message>
<message>
<source>Classes of the model</source>
<translation>Klassen des Modells</translation>
</message>
<message>
<source>Classes of {}</source>
<translation>Klassen von {}</translation>
</message>
<message>
<source>Classes: {}</source>
<translation>Klassen: {}</translation>
</message>
<message>
<source>Classify Raster…</source>
<translation>Raster klassifizieren…</translation>
</message>
<message>
<source>Classify What the Map Shows</source>
<translation>Klassifizieren, was die Karte zeigt</translation>
</message>
<message>
<source>Classify mosaic of rasters</source>
<translation>Rastermosaik klassifizieren</translation>
</message>
<message>
<source>Classify raster</source>
<translation>Raster klassifizieren</translation>
</message>
<message>
<source>Classify raster…</source>
<translation>Raster klassifizieren…</translation>
</message>
<message>
<source>Classify with it</source>
<translation>Damit klassifizieren</translation>
</message>
<message>
<source>Classifying</source>
<translation>Klassifizieren</translation>
</message>
<message>
<source>Classifying the calibration tiles in float</source>
<translation>Kalibrierkacheln in float klassifizieren</translation>
</message>
<message>
<source>Classifying what the map shows</source>
<translation>Klassifizieren, was die Karte zeigt</translation>
</message>
<message>
<source>Clear land, water, snow, cloud and shadow are imaging conditions: a model that is right on average can be wrong in one of them.</source>
<translation>Freies Land, Wasser, Schnee, Wolke und Schatten sind Aufnahmebedingungen: Ein Modell, das im Mittel richtig liegt, kann in einer davon falsch liegen.</translation>
</message>
<message>
<source>Compare models</source>
<translation>Modelle vergleichen</translation>
</message>
<message>
<source>Comparing INT8 with float</source>
<translation>INT8 mit float vergleichen</translation>
</message>
<message>
<source>Comparing layers</source>
<translation>Schichten vergleichen</translation>
</message>
<message>
<source>Condition</source>
<translation>Bedingung</translation>
</message>
<message>
<source>Condition in which INT8 does worst</source>
<translation>Bedingung, in der INT8 am schlechtesten ist</translation>
</message>
<message>
<source>Conditions by mask value</source>
<translation>Bedingungen nach Maskenwert</translation>
</message>
<message>
<source>Confidence</source>
<translation>Konfidenz</translation>
</message>
<message>
<source>Correcting the INT8 model</source>
<translation>Das INT8-Modell korrigieren</translation>
</message>
<message>
<source>Description</source>
<translation>Beschreibung</translation>
</message>
<message>
<source>Details</source>
<translation>Einzelheiten</translation>
</message>
<message>
<source>Downloading packages</source>
<translation>Pakete herunterladen</translation>
</message>
<message>
<source>Drawing the tiles</source>
<translation>Die Kacheln zeichnen</translation>
</message>
<message>
<source>Drift</source>
<translation>Drift</translation>
</message>
<message>
<source>Each finding is fine, a warning or a problem, with what to do about it.</source>
<translation>Jeder Befund ist in Ordnung, eine Warnung oder ein Problem, mit dem, was zu tun ist.</translation>
</message>
<message>
<source>Engine</source>
<translation>Engine</translation>
</message>
<message>
<source>Every imaging condition (clear land, water, snow, cloud, shadow) gets its share of tiles that are unlike each other, and the darkest and brightest values of every band are among them. Look at the layer, delete or add tiles, save it, and give it to “Quantize model” as “Take the tiles of this file”.</source>
<translation>Jede Aufnahmebedingung (freies Land, Wasser, Schnee, Wolke, Schatten) bekommt ihren Anteil an Kacheln, die einander unähnlich sind, und die dunkelsten und hellsten Werte jedes Bandes sind dabei. Sehen Sie sich den Layer an, löschen oder ergänzen Sie Kacheln, speichern Sie ihn und geben Sie ihn „Modell quantisieren“ als „Kacheln dieser Datei nehmen“.</translation>
</message>
<message>
<source>Every tile as a picture, and every band's histogram</source>
<translation>Jede Kachel als Bild und das Histogramm jedes Bandes</translation>
</message>
<message>
<source>Extent</source>
<translation>Ausdehnung</translation>
</message>
<message>
<source>Extent of the result, in the scene's CRS.</source>
<translation>Ausdehnung des Ergebnisses, im KBS der Szene.</translation>
</message>
<message>
<source>Fetching pip</source>
<translation>pip holen</translation>
</message>
<message>
<source>Find what is wrong</source>
<translation>Fehler finden</translation>
</message>
<message>
<source>Findings</source>
<translation>Befunde</translation>
</message>
<message>
<source>Float model</source>
<translation>Float-Modell</translation>
</message>
<message>
<source>Folder of scenes</source>
<translation>Ordner mit Szenen</translation>
</message>
<message>
<source>Folder of wheels</source>
<translation>Ordner mit Wheels</translation>
</message>
<message>
<source>For computers without a network: a folder with all packages. The end of this page says how to fill it.</source>
<translation>Für Rechner ohne Netz: ein Ordner mit allen Paketen. Am Ende dieser Seite steht, wie er gefüllt wird.</translation>
</message>
<message>
<source>Found</source>
<translation>Gefunden</translation>
</message>
<message>
<source>Found in the scene</source>
<translation>In der Szene gefunden</translation>
</message>
<message>
<source>Further bands of the scene</source>
<translation>Weitere Bänder der Szene</translation>
</message>
<message>
<source>Gate: points of mean IoU that may be lost</source>
<translation>Grenze: Punkte mittlerer IoU, die verloren gehen dürfen</translation>
</message>
<message>
<source>Go on where the scene can't be read</source>
<translation>Weitermachen, wo die Szene nicht lesbar ist</translation>
</message>
<message>
<source>Ground sampling distance</source>
<translation>Bodenauflösung</translation>
</message>
<message>
<source>Ground sampling distance of the model (m)</source>
<translation>Bodenauflösung des Modells (m)</translation>
</message>
<message>
<source>Ground sampling distance that the model was trained at, in metres.</source>
<translation>Bodenauflösung in Metern, mit der das Modell trainiert wurde.</translation>
</message>
<message>
<source>HTML files</source>
<translation>HTML-Dateien</translation>
</message>
<message>
<source>Health of {}</source>
<translation>Zustand von {}</translation>
</message>
<message>
<source>Held out</source>
<translation>Zurückgehalten</translation>
</message>
<message>
<source>Held-out pixels</source>
<translation>Zurückgehaltene Pixel</translation>
</message>
<message>
<source>Highest</source>
<translation>Höchster</translation>
</message>
<message>
<source>How</source>
<translation>Wie</translation>
</message>
<message>
<source>How a tensor's range is chosen from its histograms; mse weighs every imaging condition the same, auto takes mse or min-max, whichever measures better.</source>
<translation>Wie der Bereich eines Tensors aus seinen Histogrammen gewählt wird; mse gewichtet alle Aufnahmebedingungen gleich, auto nimmt mse oder min-max, je nachdem, was besser misst.</translation>
</message>
<message>
<source>How many imaging conditions are proved</source>
<translation>Wie viele Aufnahmebedingungen bewiesen sind</translation>
</message>
<message>
<source>How ranges are chosen</source>
<translation>Wie Bereiche gewählt werden</translation>
</message>
<message>
<source>INT8 against float</source>
<translation>INT8 gegen float</translation>
</message>
<message>
<source>INT8 model</source>
<translation>INT8-Modell</translation>
</message>
<message>
<source>INT8 model {}</source>
<translation>INT8-Modell {}</translation>
</message>
<message>
<source>Imaging conditions</source>
<translation>Aufnahmebedingungen</translation>
</message>
<message>
<source>In --mlm, give the path of a model wherever it lies.</source>
<translation>In --mlm den Pfad eines Modells angeben, wo immer es liegt.</translation>
</message>
<message>
<source>In INT8</source>
<translation>In INT8</translation>
</message>
<message>
<source>Inference engine</source>
<translation>Inferenz-Engine</translation>
</message>
<message>
<source>Inference engine; auto takes the fastest on this scene that keeps the classes.</source>
<translation>Inferenz-Engine; auto nimmt die schnellste für diese Szene, die die Klassen behält.</translation>
</message>
<message>
<source>Inspect model and scene</source>
<translation>Modell und Szene untersuchen</translation>
</message>
<message>
<source>Installing packages</source>
<translation>Pakete installieren</translation>
</message>
<message>
<source>It is calibrated on some tiles of your scenes and judged on others. Where a model that computes in INT8 alone would lose too much, its most sensitive layers stay in float. When the worst imaging condition still loses more than “Gate” allows, no model is written, and the algorithm fails and says so.</source>
<translation>Es wird auf einigen Kacheln Ihrer Szenen kalibriert und auf anderen beurteilt. Wo ein Modell, das nur in INT8 rechnet, zu viel verlöre, bleiben seine empfindlichsten Schichten in float. Verliert die schlechteste Aufnahmebedingung dann noch mehr, als „Grenze“ erlaubt, wird kein Modell geschrieben, und der Algorithmus schlägt fehl und sagt es.</translation>
</message>
<message>
<source>Its Python environment is missing: 175 MB to download.</source>
<translation>Die Python-Umgebung fehlt: 175 MB herunterzuladen.</translation>
</message>
<message>
<source>Joining small regions</source>
<translation>Kleine Gebiete verbinden</translation>
</message>
<message>
<source>Judge on so many tiles, chosen over all scenes, instead of on every pixel not calibrated on.</source>
<translation>Auf so vielen Kacheln beurteilen, über alle Szenen gewählt, statt auf jedem Pixel, auf dem nicht kalibriert wurde.</translation>
</message>
<message>
<source>Judges an INT8 model against the float model that it was made from, on tiles that calibration did not see.</source>
<translation>Beurteilt ein INT8-Modell gegen das float-Modell, aus dem es gemacht wurde, auf Kacheln, die die Kalibrierung nicht gesehen hat.</translation>
</message>
<message>
<source>Judging each tile by a model that has not seen it</source>
<translation>Jede Kachel von einem Modell beurteilen, das sie nicht gesehen hat</translation>
</message>
<message>
<source>Keep a model that its gate refuses</source>
<translation>Ein Modell behalten, das an der Grenze scheitert</translation>
</message>
<message>
<source>Keeps a model that the gate refuses, to look into it, under the same name with “.refused” in it; the algorithm fails all the same.</source>
<translation>Behält ein Modell, das an der Grenze scheitert, um es anzusehen, unter demselben Namen mit „.refused“ darin; der Algorithmus schlägt trotzdem fehl.</translation>
</message>
<message>
<source>Kind of the mask</source>
<translation>Art der Maske</translation>
</message>
<message>
<source>Layers left in float</source>
<translation>Schichten, die in float bleiben</translation>
</message>
<message>
<source>Layers of one band each that belong to the same scene, where its bands lie in several files.</source>
<translation>Layer mit je einem Band, die zu derselben Szene gehören, wo deren Bänder in mehreren Dateien liegen.</translation>
</message>
<message>
<source>Leaves out the comparison of an INT8 model's speed with its float model's, which takes some seconds.</source>
<translation>Lässt den Vergleich der Geschwindigkeit eines INT8-Modells mit der seines float-Modells weg, der einige Sekunden dauert.</translation>
</message>
<message>
<source>Left empty, QGIS's own Python or another one of this computer is found.</source>
<translation>Leer gelassen, wird das Python von QGIS oder ein anderes dieses Rechners gefunden.</translation>
</message>
<message>
<source>Left empty, that of most pixels of the scenes; where an extent is given, that of the first scene.</source>
<translation>Leer: das der meisten Pixel der Szenen; mit einer Ausdehnung das der ersten Szene.</translation>
</message>
<message>
<source>License</source>
<translation>Lizenz</translation>
</message>
<message>
<source>Limitations</source>
<translation>Grenzen</translation>
</message>
<message>
<source>Limitations: {}</source>
<translation>Grenzen: {}</translation>
</message>
<message>
<source>Looked at</source>
<translation>Angesehen</translation>
</message>
<message>
<source>Looking at the engines</source>
<translation>Die Engines ansehen</translation>
</message>
<message>
<source>Looking at the environment</source>
<translation>Die Umgebung ansehen</translation>
</message>
<message>
<source>Looking at the model's numbers</source>
<translation>Die Zahlen des Modells ansehen</translation>
</message>
<message>
<source>Looking at the scene</source>
<translation>Die Szene ansehen</translation>
</message>
<message>
<source>Looking at the scenes</source>
<translation>Die Szenen ansehen</translation>
</message>
<message>
<source>Looking for a Python</source>
<translation>Ein Python suchen</translation>
</message>
<message>
<source>Looks for what usually goes wrong with a model and, with a scene, with feeding one to the other.</source>
<translation>Sucht, was bei einem Modell gewöhnlich schiefgeht und, mit einer Szene, beim Zusammenspiel beider.</translation>
</message>
<message>
<source>Lowest</source>
<translation>Niedrigster</translation>
</message>
<message>
<source>Make small</source>
<translation>Verkleinern</translation>
</message>
<message>
<source>Makes an INT8 model of a float model: about a quarter of the size, and faster on most computers.</source>
<translation>Macht aus einem float-Modell ein INT8-Modell: etwa ein Viertel so groß und auf den meisten Rechnern schneller.</translation>
</message>
<message>
<source>Makes the Python environment that geoquant runs in, beside your QGIS profile. Downloads about 175 MB, takes one or two minutes, and is needed once; it needs no rights of an administrator and no compiler.</source>
<translation>Erstellt die Python-Umgebung, in der geoquant läuft, neben Ihrem QGIS-Profil. Lädt etwa 175 MB herunter, dauert ein bis zwei Minuten und ist einmal nötig; es braucht keine Administratorrechte und keinen Compiler.</translation>
</message>
<message>
<source>Making the environment</source>
<translation>Die Umgebung erstellen</translation>
</message>
<message>
<source>Map imaging conditions</source>
<translation>Aufnahmebedingungen kartieren</translation>
</message>
<message>
<source>Maps the imaging conditions of a scene: clear land, water, snow, thick and thin cloud, cloud edge, shadow.</source>
<translation>Kartiert die Aufnahmebedingungen einer Szene: freies Land, Wasser, Schnee, dicke und dünne Wolke, Wolkenrand, Schatten.</translation>
</message>
<message>
<source>Matched by</source>
<translation>Zugeordnet durch</translation>
</message>
<message>
<source>Measuring memory and speed</source>
<translation>Speicher und Geschwindigkeit messen</translation>
</message>
<message>
<source>Measuring ranges of values</source>
<translation>Wertebereiche messen</translation>
</message>
<message>
<source>Measuring what each layer costs</source>
<translation>Messen, was jede Schicht kostet</translation>
</message>
<message>
<source>Memory ceiling (MiB)</source>
<translation>Obergrenze des Speichers (MiB)</translation>
</message>
<message>
<source>Memory ceiling in MiB; sets tile size and tiles in flight.</source>
<translation>Obergrenze des Speichers in MiB; bestimmt Kachelgröße und gleichzeitige Kacheln.</translation>
</message>
<message>
<source>Missing in the card</source>
<translation>Was in der Karte fehlt</translation>
</message>
<message>
<source>Model</source>
<translation>Modell</translation>
</message>
<message>
<source>Model card in a file of its own</source>
<translation>Modellkarte in eigener Datei</translation>
</message>
<message>
<source>Model card in a file of its own: geoquant JSON, STAC MLM item or Esri .emd.</source>
<translation>Modellkarte in eigener Datei: JSON von geoquant, STAC-MLM-Item oder Esri .emd.</translation>
</message>
<message>
<source>Model for previews</source>
<translation>Modell für die Vorschau</translation>
</message>
<message>
<source>Model {}</source>
<translation>Modell {}</translation>
</message>
<message>
<source>Mpx/s</source>
<translation>Mpx/s</translation>
</message>
<message>
<source>Name</source>
<translation>Name</translation>
</message>
<message>
<source>Name models by their full paths</source>
<translation>Modelle mit vollem Pfad nennen</translation>
</message>
<message>
<source>Name models in the report by their full paths instead of their file names.</source>
<translation>Modelle im Bericht mit vollem Pfad statt mit dem Dateinamen nennen.</translation>
</message>
<message>
<source>Network</source>
<translation>Netz</translation>
</message>
<message>
<source>No data</source>
<translation>Keine Daten</translation>
</message>
<message>
<source>No model was chosen; choose an ONNX file or a model that comes with geoquant.</source>
<translation>Es wurde kein Modell gewählt; wählen Sie eine ONNX-Datei oder ein Modell, das geoquant mitbringt.</translation>
</message>
<message>
<source>No-data value of the scene</source>
<translation>Nodata-Wert der Szene</translation>
</message>
<message>
<source>Normalization (x - mean) / std: one mean per band, or one for all.</source>
<translation>Normalisierung (x - Mittelwert) / Standardabweichung: ein Mittelwert je Band oder einer für alle.</translation>
</message>
<message>
<source>Normalization: mean</source>
<translation>Normalisierung: Mittelwert</translation>
</message>
<message>
<source>Normalization: standard deviation</source>
<translation>Normalisierung: Standardabweichung</translation>
</message>
<message>
<source>Not judged</source>
<translation>Nicht beurteilt</translation>
</message>
<message>
<source>Not set</source>
<translation>Nicht gesetzt</translation>
</message>
<message>
<source>Not set: the scene's, else {}</source>
<translation>Nicht gesetzt: der der Szene, sonst {}</translation>
</message>
<message>
<source>Not set: {} by the card</source>
<translation>Nicht gesetzt: {} laut Karte</translation>
</message>
<message>
<source>Notes</source>
<translation>Anmerkungen</translation>
</message>
<message>
<source>Nothing is made in between: every place is read from the scenes that lie there, and goes through the model once. Scenes of other zones, pixel sizes and units mix; “Where scenes overlap” says which one counts. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>Dazwischen entsteht nichts: Jeder Ort wird aus den Szenen gelesen, die dort liegen, und geht einmal durch das Modell. Szenen anderer Zonen, Pixelgrößen und Einheiten mischen sich; „Wo sich Szenen überlappen“ sagt, welche zählt. Die Karte erscheint, wenn sie vollständig ist; ein unterbrochener Lauf geht dort weiter, wo er aufhörte.</translation>
</message>
<message>
<source>Number of tiles</source>
<translation>Anzahl der Kacheln</translation>
</message>
<message>
<source>Number of tiles held out to judge on</source>
<translation>Anzahl der Kacheln, die zum Beurteilen zurückbleiben</translation>
</message>
<message>
<source>ONNX file with 32-bit weights.</source>
<translation>ONNX-Datei mit 32-Bit-Gewichten.</translation>
</message>
<message>
<source>ONNX file, float or INT8.</source>
<translation>ONNX-Datei, float oder INT8.</translation>
</message>
<message>
<source>ONNX models</source>
<translation>ONNX-Modelle</translation>
</message>
<message>
<source>Only this part of the scene; in any CRS. Left empty, the whole scene.</source>
<translation>Nur dieser Teil der Szene, in beliebigem KBS. Leer gelassen, die ganze Szene.</translation>
</message>
<message>
<source>Open the page</source>
<translation>Seite öffnen</translation>
</message>
<message>
<source>Open the report</source>
<translation>Bericht öffnen</translation>
</message>
<message>
<source>Opening model and scene</source>
<translation>Modell und Szene öffnen</translation>
</message>
<message>
<source>Options…</source>
<translation>Optionen…</translation>
</message>
<message>
<source>Output of a network of one channel above which a pixel is of the second class; by default 0.5 of a probability, 0 of a logit.</source>
<translation>Ausgabe eines Netzes mit einem Kanal, über der ein Pixel zur zweiten Klasse gehört; sonst 0.5 bei Wahrscheinlichkeiten, 0 bei Logits.</translation>
</message>
<message>
<source>Outside of the calibrated range</source>
<translation>Außerhalb des kalibrierten Bereichs</translation>
</message>
<message>
<source>Outside of these polygons the result is no data. Any layer in any CRS, or its selected features.</source>
<translation>Außerhalb dieser Polygone enthält das Ergebnis keine Daten. Beliebiger Layer in beliebigem KBS oder seine gewählten Objekte.</translation>
</message>
<message>
<source>Overlap of blended tiles (px)</source>
<translation>Überlappung gemischter Kacheln (px)</translation>
</message>
<message>
<source>Overlap of blended tiles, for models with an unbounded receptive field.</source>
<translation>Überlappung gemischter Kacheln, für Modelle mit unbegrenztem rezeptivem Feld.</translation>
</message>
<message>
<source>Page: INT8 against float</source>
<translation>Seite: INT8 gegen float</translation>
</message>
<message>
<source>Page: chosen tiles</source>
<translation>Seite: gewählte Kacheln</translation>
</message>
<message>
<source>Page: classes and their areas</source>
<translation>Seite: Klassen und ihre Flächen</translation>
</message>
<message>
<source>Page: findings</source>
<translation>Seite: Befunde</translation>
</message>
<message>
<source>Page: model and scene</source>
<translation>Seite: Modell und Szene</translation>
</message>
<message>
<source>Page: strata and their areas</source>
<translation>Seite: Strata und ihre Flächen</translation>
</message>
<message>
<source>Physical value = stored value x scale + offset, where the scene says none.</source>
<translation>Physikalischer Wert = gespeicherter Wert x Skala + Offset, wo die Szene nichts sagt.</translation>
</message>
<message>
<source>Pixels</source>
<translation>Pixel</translation>
</message>
<message>
<source>Pixels inside</source>
<translation>Pixel darin</translation>
</message>
<message>
<source>Points of mean IoU that the worst imaging condition may lose: against the true classes 0.5 where nothing is given, else against the float map 2.5. As many points of agreement, or 2, may go too.</source>
<translation>Punkte mittlerer IoU, die die schlechteste Aufnahmebedingung verlieren darf: ohne Angabe 0,5 gegen wahre Klassen, sonst 2,5 gegen die float-Karte. Ebenso viele Punkte Übereinstimmung, oder 2, dürfen es auch sein.</translation>
</message>
<message>
<source>Polygons (GeoPackage or GeoJSON); outside of them the result is no data.</source>
<translation>Polygone (GeoPackage oder GeoJSON); außerhalb davon enthält das Ergebnis keine Daten.</translation>
</message>
<message>
<source>Preview: {}</source>
<translation>Vorschau: {}</translation>
</message>
<message>
<source>Problems</source>
<translation>Probleme</translation>
</message>
<message>
<source>Proved</source>
<translation>Bewiesen</translation>
</message>
<message>
<source>Proxy</source>
<translation>Proxy</translation>
</message>
<message>
<source>Python that runs geoquant (left empty, its own environment)</source>
<translation>Python, das geoquant ausführt (leer: seine eigene Umgebung)</translation>
</message>
<message>
<source>Python to make it from</source>
<translation>Python, aus dem sie erstellt wird</translation>
</message>
<message>
<source>QGIS's own Python stays as it is: GDAL, PROJ and NumPy of two origins in one process break each other, so that geoquant always runs in a process of its own.</source>
<translation>Das Python von QGIS bleibt, wie es ist: GDAL, PROJ und NumPy zweierlei Herkunft in einem Prozess stören einander, darum läuft geoquant immer in einem eigenen Prozess.</translation>
</message>
<message>
<source>Quality mask</source>
<translation>Qualitätsmaske</translation>
</message>
<message>
<source>Quality masks</source>
<translation>Qualitätsmasken</translation>
</message>
<message>
<source>Quantize model</source>
<translation>Modell quantisieren</translation>
</message>
<message>
<source>Quick: without timing</source>
<translation>Kurz: ohne Zeitmessung</translation>
</message>
<message>
<source>Raster layers or files, as typical of what the model will see as possible. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Rasterlayer oder Dateien, möglichst typisch für das, was das Modell sehen wird. Ein Layer eines Sentinel-2- oder Landsat-Produkts steht für das ganze Produkt.</translation>
</message>
<message>
<source>Raster layers or files, each with its own bands, scale, offset and no-data value. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Rasterlayer oder -dateien, jede mit eigenen Bändern, eigener Skalierung, eigenem Offset und Leerwert. Ein Layer eines Sentinel-2- oder Landsat-Produkts steht für das ganze Produkt.</translation>
</message>
<message>
<source>Raster whose grid the map takes</source>
<translation>Raster, dessen Gitter die Karte übernimmt</translation>
</message>
<message>
<source>Rasters of true class values, one for each scene, in the same order, on any grid: accuracy is measured too.</source>
<translation>Raster der wahren Klassenwerte, eines für jede Szene, in derselben Reihenfolge, auf beliebigem Raster: Auch die Genauigkeit wird gemessen.</translation>
</message>
<message>
<source>Rasters of true classes</source>
<translation>Raster der wahren Klassen</translation>
</message>
<message>
<source>Reading the model</source>
<translation>Das Modell lesen</translation>
</message>
<message>
<source>Reading the scenes coarsely</source>
<translation>Die Szenen grob lesen</translation>
</message>
<message>
<source>Receptive field</source>
<translation>Rezeptives Feld</translation>
</message>
<message>
<source>Report</source>
<translation>Bericht</translation>
</message>
<message>
<source>Resample to this ground sampling distance (units of the CRS)</source>
<translation>Auf diese Bodenauflösung umrechnen (Einheiten des KBS)</translation>
</message>
<message>
<source>Resamples all bands to pixels of this size, in units of the scene's CRS.</source>
<translation>Rechnet alle Bänder auf Pixel dieser Größe um, in Einheiten des KBS der Szene.</translation>
</message>
<message>
<source>Run it again when something is broken: what is whole is kept, and what is not is made anew.</source>
<translation>Führen Sie es erneut aus, wenn etwas kaputt ist: Was heil ist, bleibt, alles andere wird neu erstellt.</translation>
</message>
<message>
<source>Runs a model over a scene and gives a map of classes with names and colours.</source>
<translation>Lässt ein Modell über eine Szene laufen und gibt eine Karte von Klassen mit Namen und Farben.</translation>
</message>
<message>
<source>Runs a model over many scenes as over one image and gives one map of classes.</source>
<translation>Lässt ein Modell über viele Szenen wie über ein Bild laufen und gibt eine Karte der Klassen.</translation>
</message>
<message>
<source>STAC items</source>
<translation>STAC-Items</translation>
</message>
<message>
<source>Scale, offset</source>
<translation>Skala, Offset</translation>
</message>
<message>
<source>Scene</source>
<translation>Szene</translation>
</message>
<message>
<source>Scenes</source>
<translation>Szenen</translation>
</message>
<message>
<source>Scenes to choose tiles from.</source>
<translation>Szenen, aus denen Kacheln gewählt werden.</translation>
</message>
<message>
<source>See “Normalization: mean”; with a mean of 0 and a standard deviation of 1 values enter as they are.</source>
<translation>Siehe „Normalisierung: Mittelwert“; mit Mittelwert 0 und Standardabweichung 1 gehen die Werte ein, wie sie sind.</translation>
</message>
<message>
<source>See “Sensor scale”.</source>
<translation>Siehe „Sensorskala“.</translation>
</message>
<message>
<source>Seed</source>
<translation>Startwert</translation>
</message>
<message>
<source>Seed of the choice; the same seed gives the same tiles.</source>
<translation>Startwert der Wahl; derselbe Startwert gibt dieselben Kacheln.</translation>
</message>
<message>
<source>Seed of the tile choice and of the intervals.</source>
<translation>Startwert der Kachelwahl und der Intervalle.</translation>
</message>
<message>
<source>Seed of the tile choice; the same seed gives the same model.</source>
<translation>Startwert der Kachelwahl; derselbe Startwert gibt dasselbe Modell.</translation>
</message>
<message>
<source>Sensor offset</source>
<translation>Sensoroffset</translation>
</message>
<message>
<source>Sensor scale</source>
<translation>Sensorskala</translation>
</message>
<message>
<source>Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, or classes, see “Conditions by mask value”. Left empty it is told by the mask's name or values; none means spectral tests even where a product has a mask.</source>
<translation>Sentinel-2 SCL oder QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2 oder classes, siehe „Bedingungen nach Maskenwert“. Leer gelassen, sagen es Name oder Werte der Maske; none heißt Spektraltests, auch wo ein Produkt eine Maske hat.</translation>
</message>
<message>
<source>Set Up Environment…</source>
<translation>Umgebung einrichten…</translation>
</message>
<message>
<source>Set up environment</source>
<translation>Umgebung einrichten</translation>
</message>
<message>
<source>Set up now</source>
<translation>Jetzt einrichten</translation>
</message>
<message>
<source>Setting up the environment; the bar below the map shows how far it is.</source>
<translation>Die Umgebung wird eingerichtet; der Balken unter der Karte zeigt, wie weit es ist.</translation>
</message>
<message>
<source>Share</source>
<translation>Anteil</translation>
</message>
<message>
<source>Share of classified pixels</source>
<translation>Anteil klassifizierter Pixel</translation>
</message>
<message>
<source>Share of its pixels that keep their class</source>
<translation>Anteil ihrer Pixel, die ihre Klasse behalten</translation>
</message>
<message>
<source>Share of the work</source>
<translation>Anteil an der Arbeit</translation>
</message>
<message>
<source>Show the log</source>
<translation>Protokoll zeigen</translation>
</message>
<message>
<source>Shows what a model's card says and, with a scene, whether the two fit, band by band.</source>
<translation>Zeigt, was die Karte eines Modells sagt und, mit einer Szene, ob beide zusammenpassen, Band für Band.</translation>
</message>
<message>
<source>Side of a calibration tile in pixels.</source>
<translation>Seite einer Kalibrierkachel in Pixeln.</translation>
</message>
<message>
<source>Side of a tile (px)</source>
<translation>Seite einer Kachel (px)</translation>
</message>
<message>
<source>Side of a tile in pixels.</source>
<translation>Seite einer Kachel in Pixeln.</translation>
</message>
<message>
<source>Side of a tile in pixels; halved while the scenes are too small.</source>
<translation>Seite einer Kachel in Pixeln; halbiert, solange die Szenen zu klein sind.</translation>
</message>
<message>
<source>Side of a tile in pixels; the result does not depend on it.</source>
<translation>Seite einer Kachel in Pixeln; das Ergebnis hängt nicht davon ab.</translation>
</message>
<message>
<source>Side of the tile that engines are looked at and timed on, in pixels.</source>
<translation>Seite der Kachel in Pixeln, auf der Engines angesehen und gemessen werden.</translation>
</message>
<message>
<source>Size</source>
<translation>Größe</translation>
</message>
<message>
<source>Size of the INT8 file over the float file</source>
<translation>Größe der INT8-Datei durch die der float-Datei</translation>
</message>
<message>
<source>Skip audit and timing</source>
<translation>Prüfung der Engines und Zeitmessung auslassen</translation>
</message>
<message>
<source>Skips what does not change the model or its proof: what runs in INT8 in each engine, and how fast.</source>
<translation>Lässt aus, was weder das Modell noch seinen Beweis ändert: was in jeder Engine in INT8 läuft, und wie schnell.</translation>
</message>
<message>
<source>Smaller regions become part of the neighbour with which they share the longest border, so that the polygons are fewer; the class map stays as it is. Places without data neither grow nor shrink.</source>
<translation>Kleinere Gebiete werden Teil des Nachbarn, mit dem sie die längste Grenze teilen, damit es weniger Polygone werden; die Klassenkarte bleibt, wie sie ist. Stellen ohne Daten wachsen und schrumpfen nicht.</translation>
</message>
<message>
<source>Smallest polygon (px)</source>
<translation>Kleinstes Polygon (px)</translation>
</message>
<message>
<source>Speed on this machine</source>
<translation>Geschwindigkeit auf diesem Rechner</translation>
</message>
<message>
<source>Stored</source>
<translation>Gespeichert</translation>
</message>
<message>
<source>Stored value that means no data, where the scene declares none.</source>
<translation>Gespeicherter Wert, der keine Daten bedeutet, wo die Szene keinen angibt.</translation>
</message>
<message>
<source>Strata</source>
<translation>Strata</translation>
</message>
<message>
<source>Strata of {}</source>
<translation>Strata von {}</translation>
</message>
<message>
<source>Tails</source>
<translation>Ränder</translation>
</message>
<message>
<source>Take the tiles of this file</source>
<translation>Kacheln dieser Datei nehmen</translation>
</message>
<message>
<source>Takes the tiles of this file, made by “Choose calibration tiles” and perhaps edited since.</source>
<translation>Nimmt die Kacheln dieser Datei, von „Kalibrierkacheln wählen“ gemacht und vielleicht seither bearbeitet.</translation>
</message>
<message>
<source>Telling imaging conditions apart</source>
<translation>Aufnahmebedingungen unterscheiden</translation>
</message>
<message>
<source>The area of interest can't be brought from {} to {}</source>
<translation>Das Interessengebiet lässt sich nicht von {} nach {} bringen</translation>
</message>
<message>
<source>The area of interest can't be written: {}</source>
<translation>Das Interessengebiet lässt sich nicht schreiben: {}</translation>
</message>
<message>
<source>The area of interest holds no polygon; select some, or leave it empty.</source>
<translation>Das Interessengebiet enthält kein Polygon; wählen Sie welche, oder lassen Sie es leer.</translation>
</message>
<message>
<source>The classes as polygons, one for each connected region, without seams (GeoPackage).</source>
<translation>Die Klassen als Polygone, eines für jedes zusammenhängende Gebiet, ohne Nähte (GeoPackage).</translation>
</message>
<message>
<source>The environment is ready: {}</source>
<translation>Die Umgebung ist fertig: {}</translation>
</message>
<message>
<source>The environment is ready; geoquant can be used now.</source>
<translation>Die Umgebung ist fertig; geoquant kann jetzt benutzt werden.</translation>
</message>
<message>
<source>The environment's Python</source>
<translation>Das Python der Umgebung</translation>
</message>
<message>
<source>The first scene that has data there (in the order of the list, a folder's by name), the latest by the date of acquisition, or the clearest pixel: clouds and shadows lose, and of equal ones the latest wins.</source>
<translation>Die erste Szene, die dort Daten hat (in der Reihenfolge der Liste, die eines Ordners nach Namen), die neueste nach dem Aufnahmedatum oder das klarste Pixel: Wolken und Schatten verlieren, und von gleichen gewinnt das neueste.</translation>
</message>
<message>
<source>The folder {} for the page of results can't be made ({}).</source>
<translation>Der Ordner {} für die Ergebnisseite lässt sich nicht anlegen ({}).</translation>
</message>
<message>
<source>The gate does not hold: {}.</source>
<translation>Die Grenze wird nicht eingehalten: {}.</translation>
</message>
<message>
<source>The gate holds: {}.</source>
<translation>Die Grenze wird eingehalten: {}.</translation>
</message>
<message>
<source>The gate in words</source>
<translation>Die Grenze in Worten</translation>
</message>
<message>
<source>The map shows no scene; load a raster and choose it in the list of layers.</source>
<translation>Die Karte zeigt keine Szene; laden Sie ein Raster und wählen Sie es in der Layerliste.</translation>
</message>
<message>
<source>The map shows nothing of “{}”; zoom to it.</source>
<translation>Die Karte zeigt nichts von „{}“; zoomen Sie dorthin.</translation>
</message>
<message>
<source>The map shows {} Mpx of the scene, more than a preview; zoom in, or classify it as a whole.</source>
<translation>Die Karte zeigt {} Mpx der Szene, mehr als eine Vorschau; zoomen Sie hinein, oder klassifizieren Sie das Ganze.</translation>
</message>
<message>
<source>The map takes its CRS, pixel size and pixel corners, so that maps of many years lie on each other.</source>
<translation>Die Karte übernimmt dessen KBS, Pixelgröße und Pixelecken, sodass Karten vieler Jahre aufeinanderliegen.</translation>
</message>
<message>
<source>The map's extent can't be brought to the scene's CRS: {}</source>
<translation>Die Ausdehnung der Karte lässt sich nicht in das KBS der Szene bringen: {}</translation>
</message>
<message>
<source>The model</source>
<translation>Das Modell</translation>
</message>
<message>
<source>The model can be used; no scene was given.</source>
<translation>Das Modell kann benutzt werden; es wurde keine Szene angegeben.</translation>
</message>
<message>
<source>The model has no card; the options below “Model card in a file of its own” say what it would.</source>
<translation>Das Modell hat keine Karte; die Optionen unter „Modellkarte in eigener Datei“ sagen, was sie sagen würde.</translation>
</message>
<message>
<source>The model that the INT8 model was made from.</source>
<translation>Das Modell, aus dem das INT8-Modell gemacht wurde.</translation>
</message>
<message>
<source>The model that the tiles are for; without one, the bands as they are.</source>
<translation>Das Modell, für das die Kacheln sind; ohne Modell die Bänder, wie sie sind.</translation>
</message>
<message>
<source>The model {} does not exist; choose an ONNX file, or one that comes with geoquant: {}.</source>
<translation>Das Modell {} gibt es nicht; wählen Sie eine ONNX-Datei oder eines, das geoquant mitbringt: {}.</translation>
</message>
<message>
<source>The model's card lacks: {}.</source>
<translation>Der Karte des Modells fehlt: {}.</translation>
</message>
<message>
<source>The report shows what each imaging condition and class loses, with 95 % intervals, every layer's error, size, speed and memory. It is written, too, when the worst condition loses more than “Gate” allows.</source>
<translation>Der Bericht zeigt, was jede Aufnahmebedingung und Klasse verliert, mit 95-%-Intervallen, den Fehler jeder Schicht, Größe, Geschwindigkeit und Speicher. Er wird auch geschrieben, wenn die schlechteste Bedingung mehr verliert, als „Grenze“ erlaubt.</translation>
</message>
<message>
<source>The scene does not fit: {}</source>
<translation>Die Szene passt nicht: {}</translation>
</message>
<message>
<source>The scene fits the model.</source>
<translation>Die Szene passt zum Modell.</translation>
</message>
<message>
<source>The scene may be of any size: it is read in tiles, and memory does not grow with it. Layers of a Sentinel-2 or Landsat product stand for the whole product. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>Die Szene darf beliebig groß sein: Sie wird in Kacheln gelesen, und der Speicherbedarf wächst nicht mit ihr. Layer eines Sentinel-2- oder Landsat-Produkts stehen für das ganze Produkt. Die Karte erscheint, wenn sie vollständig ist; ein unterbrochener Lauf macht weiter, wo er aufgehört hat.</translation>
</message>
<message>
<source>The setup failed.</source>
<translation>Das Einrichten ist fehlgeschlagen.</translation>
</message>
<message>
<source>The tiles are chosen; look at them.</source>
<translation>Die Kacheln sind gewählt; sehen Sie sie an.</translation>
</message>
<message>
<source>There is no Python {}; choose another, or leave the field empty and one is looked for.</source>
<translation>Es gibt kein Python {}; wählen Sie ein anderes, oder lassen Sie das Feld leer, dann wird eines gesucht.</translation>
</message>
<message>
<source>There is no folder {}; choose the one that holds the wheels.</source>
<translation>Es gibt keinen Ordner {}; wählen Sie den, der die Wheels enthält.</translation>
</message>
<message>
<source>There is no such file yet.</source>
<translation>Diese Datei gibt es noch nicht.</translation>
</message>
<message>
<source>This file can't be used: {}.</source>
<translation>Diese Datei kann nicht benutzt werden: {}.</translation>
</message>
<message>
<source>This will take about {}.</source>
<translation>Das dauert etwa {}.</translation>
</message>
<message>
<source>Threads</source>
<translation>Threads</translation>
</message>
<message>
<source>Threads that infer; by default one per core.</source>
<translation>Threads für die Inferenz; ohne Angabe einer je Kern.</translation>
</message>
<message>
<source>Threshold between two classes</source>
<translation>Schwelle zwischen zwei Klassen</translation>
</message>
<message>
<source>Tiles</source>
<translation>Kacheln</translation>
</message>
<message>
<source>Tiles of {} px per imaging condition</source>
<translation>Kacheln von {} px je Aufnahmebedingung</translation>
</message>
<message>
<source>Tiles that calibration does not see, to compare INT8 with float on.</source>
<translation>Kacheln, die die Kalibrierung nicht sieht, um INT8 mit float zu vergleichen.</translation>
</message>
<message>
<source>Tiles that were chosen</source>
<translation>Gewählte Kacheln</translation>
</message>
<message>
<source>Tiles to choose beside them, to compare INT8 with float on.</source>
<translation>Kacheln, die daneben gewählt werden, um INT8 mit float zu vergleichen.</translation>
</message>
<message>
<source>Time</source>
<translation>Zeit</translation>
</message>
<message>
<source>Times that tiles are drawn again</source>
<translation>Wie oft Kacheln neu gezogen werden</translation>
</message>
<message>
<source>Times that tiles are drawn again for the 95 % intervals.</source>
<translation>Wie oft Kacheln für die 95-%-Intervalle neu gezogen werden.</translation>
</message>
<message>
<source>Timing the engines</source>
<translation>Die Engines messen</translation>
</message>
<message>
<source>To fill a folder of wheels, on a computer of the same kind with the same version of Python:</source>
<translation>Um einen Ordner mit Wheels zu füllen, auf einem Rechner derselben Art mit derselben Python-Version:</translation>
</message>
<message>
<source>Told by</source>
<translation>Woher bekannt</translation>
</message>
<message>
<source>Trained on</source>
<translation>Trainiert mit</translation>
</message>
<message>
<source>Trying drafts of the INT8 model</source>
<translation>Entwürfe des INT8-Modells versuchen</translation>
</message>
<message>
<source>Trying which layers to leave in float</source>
<translation>Versuchen, welche Schichten in float bleiben</translation>
</message>
<message>
<source>Type</source>
<translation>Typ</translation>
</message>
<message>
<source>Unreadable blocks</source>
<translation>Unlesbare Blöcke</translation>
</message>
<message>
<source>Unusual</source>
<translation>Ungewöhnlich</translation>
</message>
<message>
<source>Use</source>
<translation>Anwenden</translation>
</message>
<message>
<source>Value</source>
<translation>Wert</translation>
</message>
<message>
<source>Values (1 %, 50 %, 99 %)</source>
<translation>Werte (1 %, 50 %, 99 %)</translation>
</message>
<message>
<source>Verdict</source>
<translation>Urteil</translation>
</message>
<message>
<source>Wanted</source>
<translation>Gewünscht</translation>
</message>
<message>
<source>Warnings</source>
<translation>Warnungen</translation>
</message>
<message>
<source>What --mean and --std act on: physical values, or stored numbers.</source>
<translation>Worauf --mean und --std wirken: physikalische Werte oder gespeicherte Zahlen.</translation>
</message>
<message>
<source>What is unusual</source>
<translation>Was ungewöhnlich ist</translation>
</message>
<message>
<source>What is unusual about the scene</source>
<translation>Was an der Szene ungewöhnlich ist</translation>
</message>
<message>
<source>What the calibration tiles cover</source>
<translation>Was die Kalibrierkacheln abdecken</translation>
</message>
<message>
<source>What the model will run on</source>
<translation>Worauf das Modell laufen wird</translation>
</message>
<message>
<source>What the model will run on, which decides its kinds of integers. It need not be this computer.</source>
<translation>Worauf das Modell laufen wird; das bestimmt seine Ganzzahltypen. Es muss nicht dieser Rechner sein.</translation>
</message>
<message>
<source>What the model's output holds</source>
<translation>Was die Ausgabe des Modells enthält</translation>
</message>
<message>
<source>What the model's output holds: scores before or after softmax, or class values. Maps need one of these.</source>
<translation>Was die Ausgabe des Modells enthält: Werte vor oder nach Softmax oder Klassenwerte. Karten brauchen eines davon.</translation>
</message>
<message>
<source>What the normalization acts on</source>
<translation>Worauf die Normalisierung wirkt</translation>
</message>
<message>
<source>What the scene's bands are, in its order, where it does not name them.</source>
<translation>Was die Bänder der Szene sind, in ihrer Reihenfolge, wo sie sie nicht benennt.</translation>
</message>
<message>
<source>What the values of a mask that is a class raster mean: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Values that are not named are left to spectral tests.</source>
<translation>Was die Werte einer Maske bedeuten, die ein Klassenraster ist: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Nicht genannte Werte bleiben Spektraltests überlassen.</translation>
</message>
<message>
<source>What to do</source>
<translation>Was zu tun ist</translation>
</message>
<message>
<source>What told the strata</source>
<translation>Woher die Strata bekannt sind</translation>
</message>
<message>
<source>What was done and noticed</source>
<translation>Was getan wurde und auffiel</translation>
</message>
<message>
<source>What “Quantize model” made of it.</source>
<translation>Was „Modell quantisieren“ daraus gemacht hat.</translation>
</message>
<message>
<source>Where scenes overlap</source>
<translation>Wo sich Szenen überlappen</translation>
</message>
<message>
<source>Whether no problem was found</source>
<translation>Ob kein Problem gefunden wurde</translation>
</message>
<message>
<source>Whether the gate holds</source>
<translation>Ob die Grenze eingehalten wird</translation>
</message>
<message>
<source>Whether the scene fits the model</source>
<translation>Ob die Szene zum Modell passt</translation>
</message>
<message>
<source>Which model shall classify what the map shows?</source>
<translation>Welches Modell soll klassifizieren, was die Karte zeigt?</translation>
</message>
<message>
<source>Without a model the first scene's bands are taken as they are, and 64 px are left between tiles.</source>
<translation>Ohne Modell werden die Bänder der ersten Szene genommen, wie sie sind, und zwischen Kacheln bleiben 64 px.</translation>
</message>
<message>
<source>Work in INT8</source>
<translation>Arbeit in INT8</translation>
</message>
<message>
<source>Write no data where the scene can't be read, and count it.</source>
<translation>Keine Daten schreiben, wo die Szene nicht lesbar ist, und es zählen.</translation>
</message>
<message>
<source>Writing polygons</source>
<translation>Polygone schreiben</translation>
</message>
<message>
<source>Writing the map</source>
<translation>Die Karte schreiben</translation>
</message>
<message>
<source>Writing the map of confidence</source>
<translation>Die Karte der Konfidenz schreiben</translation>
</message>
<message>
<source>accuracy</source>
<translation>Genauigkeit</translation>
</message>
<message>
<source>bands</source>
<translation>Bänder</translation>
</message>
<message>
<source>batch</source>
<translation>Stapel</translation>
</message>
<message>
<source>calibrates</source>
<translation>kalibriert</translation>
</message>
<message>
<source>calibration</source>
<translation>Kalibrierung</translation>
</message>
<message>
<source>check</source>
<translation>prüfen</translation>
</message>
<message>
<source>choose a model, or type its path</source>
<translation>Modell wählen oder Pfad eingeben</translation>
</message>
<message>
<source>choose a raster file, a VRT or an address that GDAL reads (/vsicurl/…).</source>
<translation>wählen Sie eine Rasterdatei, ein VRT oder eine Adresse, die GDAL liest (/vsicurl/…).</translation>
</message>
<message>
<source>cloud</source>
<translation>Wolke</translation>
</message>
<message>
<source>compress</source>
<translation>komprimieren</translation>
</message>
<message>
<source>conditions</source>
<translation>Bedingungen</translation>
</message>
<message>
<source>covered</source>
<translation>abgedeckt</translation>
</message>
<message>
<source>deep learning</source>
<translation>Deep Learning</translation>
</message>
<message>
<source>dependencies</source>
<translation>Abhängigkeiten</translation>
</message>
<message>
<source>diagnose</source>
<translation>Diagnose</translation>
</message>
<message>
<source>environment</source>
<translation>Umgebung</translation>
</message>
<message>
<source>evaluate</source>
<translation>bewerten</translation>
</message>
<message>
<source>fit</source>
<translation>passen</translation>
</message>
<message>
<source>float</source>
<translation>float</translation>
</message>
<message>
<source>folder</source>
<translation>Ordner</translation>
</message>
<message>
<source>gate</source>
<translation>Grenze</translation>
</message>
<message>
<source>geoquant goes on with {}, which is named in the options of Processing or by GEOQUANT_PYTHON.</source>
<translation>geoquant arbeitet weiter mit {}, das in den Optionen der Verarbeitung oder durch GEOQUANT_PYTHON genannt ist.</translation>
</message>
<message>
<source>geoquant's log</source>
<translation>Protokoll von geoquant</translation>
</message>
<message>
<source>geoquant's message</source>
<translation>Meldung von geoquant</translation>
</message>
<message>
<source>geoquant's own Python environment is missing. Run “Set up environment” (Processing toolbox, geoquant), which makes it once, or choose a Python that has geoquant's packages in the options of Processing.</source>
<translation>Die eigene Python-Umgebung von geoquant fehlt. Führen Sie „Umgebung einrichten“ aus (Werkzeugkiste, geoquant), das sie einmal erstellt, oder wählen Sie in den Optionen der Verarbeitung ein Python, das die Pakete von geoquant hat.</translation>
</message>
<message>
<source>geoquant: INT8 and float CNNs over rasters of any size</source>
<translation>geoquant: INT8- und float-CNNs über Raster beliebiger Größe</translation>
</message>
<message>
<source>install</source>
<translation>installieren</translation>
</message>
<message>
<source>int8</source>
<translation>INT8</translation>
</message>
<message>
<source>its metadata hold {} bytes, which is absurd</source>
<translation>seine Metadaten haben {} Bytes, was nicht sein kann</translation>
</message>
<message>
<source>judges</source>
<translation>beurteilt</translation>
</message>
<message>
<source>land cover</source>
<translation>Landbedeckung</translation>
</message>
<message>
<source>many scenes</source>
<translation>viele Szenen</translation>
</message>
<message>
<source>mask</source>
<translation>Maske</translation>
</message>
<message>
<source>metadata</source>
<translation>Metadaten</translation>
</message>
<message>
<source>missed</source>
<translation>verfehlt</translation>
</message>
<message>
<source>model</source>
<translation>Modell</translation>
</message>
<message>
<source>model card</source>
<translation>Modellkarte</translation>
</message>
<message>
<source>mosaic</source>
<translation>Mosaik</translation>
</message>
<message>
<source>no data is {}</source>
<translation>keine Daten ist {}</translation>
</message>
<message>
<source>none</source>
<translation>keines</translation>
</message>
<message>
<source>nothing</source>
<translation>nichts</translation>
</message>
<message>
<source>offset</source>
<translation>Offset</translation>
</message>
<message>
<source>onnx</source>
<translation>ONNX</translation>
</message>
<message>
<source>packages</source>
<translation>Pakete</translation>
</message>
<message>
<source>pip</source>
<translation>pip</translation>
</message>
<message>
<source>problem</source>
<translation>Problem</translation>
</message>
<message>
<source>python</source>
<translation>Python</translation>
</message>
<message>
<source>quality</source>
<translation>Qualität</translation>
</message>
<message>
<source>quantization</source>
<translation>Quantisierung</translation>
</message>
<message>
<source>report</source>
<translation>Bericht</translation>
</message>
<message>
<source>sampling</source>
<translation>Stichprobe</translation>
</message>
<message>
<source>scale</source>
<translation>Skala</translation>
</message>
<message>
<source>scene</source>
<translation>Szene</translation>
</message>
<message>
<source>segmentation</source>
<translation>Segmentierung</translation>
</message>
<message>
<source>shadow</source>
<translation>Schatten</translation>
</message>
<message>
<source>snow</source>
<translation>Schnee</translation>
</message>
<message>
<source>speed</source>
<translation>Geschwindigkeit</translation>
</message>
<message>
<source>strata</source>
<translation>Strata</translation>
</message>
<message>
<source>the card in {} is damaged ({})</source>
<translation>die Karte in {} ist beschädigt ({})</translation>
</message>
<message>
<source>the file is not an ONNX model, or it is cut off</source>
<translation>die Datei ist kein ONNX-Modell oder abgeschnitten</translation>
</message>
<message>
<source>tiles</source>
<translation>Kacheln</translation>
</message>
<message>
<source>trained at {} m</source>
<translation>trainiert bei {} m</translation>
</message>
<message>
<source>unbounded: tiles are blended</source>
<translation>unbegrenzt: Kacheln werden gemischt</translation>
</message>
<message>
<source>water</source>
<translation>Wasser</translation>
</message>
<message>
<source>{} bytes, {} of float</source>
<translation>{} Bytes, {} von float</translation>
</message>
<message>
<source>{} is unusual for this model.</source>
<translation>{} ist ungewöhnlich für dieses Modell.</translation>
</message>
<message>
<source>{} of {} conditions proved</source>
<translation>{} von {} Bedingungen bewiesen</translation>
</message>
<message>
<source>{} parameters, {}</source>
<translation>{} Parameter, {}</translation>
</message>
<message>
<source>{} scenes</source>
<translation>{} Szenen</translation>
</message>
<message>
<source>{}: INT8 keeps at worst {} of the classes, at {} of the size.</source>
<translation>{}: INT8 behält schlechtestens {} der Klassen, bei {} der Größe.</translation>
</message>
<message>
<source>{}: areas</source>
<translation>{}: Flächen</translation>
</message>
<message>
<source>{}: calibration tiles</source>
<translation>{}: Kalibrierkacheln</translation>
</message>
<message>
<source>{}: confidence</source>
<translation>{}: Konfidenz</translation>
</message>
<message>
<source>{}: drift</source>
<translation>{}: Drift</translation>
</message>
<message>
<source>{}: polygons</source>
<translation>{}: Polygone</translation>
</message>
<message>
<source>{}: same class as float</source>
<translation>{}: gleiche Klasse wie float</translation>
</message>
<message>
<source>{}: strata</source>
<translation>{}: Strata</translation>
</message>
<message>
<source>{}: {}, {} {}/s, {} left</source>
<translation>{}: {}, {} {}/s, noch {}</translation>
</message>
<message>
<source>{}; download it, or give GDAL the password by its own means.</source>
<translation>{}; laden Sie es herunter, oder geben Sie GDAL das Passwort auf dessen Weise.</translation>
</message>
<message>
<source>{}; save it as a file first (Export, Save As).</source>
<translation>{}; speichern Sie es erst als Datei (Export, Speichern als).</translation>
</message>
<message>
<source>“Quantize model” and “Compare models” choose and judge tiles by them. A quality mask says best what is what; without one, the product's own or spectral tests do.</source>
<translation>„Modell quantisieren“ und „Modelle vergleichen“ wählen und beurteilen Kacheln danach. Eine Qualitätsmaske sagt am besten, was was ist; ohne sie die des Produkts oder Spektraltests.</translation>
</message>
<message>
<source>“{}” comes from a {} service, which gives pictures instead of measured values</source>
<translation>„{}“ kommt von einem {}-Dienst, der Bilder statt gemessener Werte gibt</translation>
</message>
<message>
<source>“{}” comes from “{}”, which geoquant can't read</source>
<translation>„{}“ kommt von „{}“, was geoquant nicht lesen kann</translation>
</message>
<message>
<source>“{}” exists only in the memory of QGIS</source>
<translation>„{}“ gibt es nur im Speicher von QGIS</translation>
</message>
<message>
<source>“{}” has {} rasters for {} scenes; give one per scene, in the same order, or none.</source>
<translation>„{}“ hat {} Raster für {} Szenen; geben Sie eines je Szene an, in derselben Reihenfolge, oder keines.</translation>
</message>
<message>
<source>“{}” is not a raster layer; choose a raster.</source>
<translation>„{}“ ist kein Rasterlayer; wählen Sie ein Raster.</translation>
</message>
<message>
<source>“{}” is written as GeoTIFF, which {} is not: give a file whose name ends in {}.</source>
<translation>„{}“ wird als GeoTIFF geschrieben, was {} nicht ist: Geben Sie eine Datei an, deren Name auf {} endet.</translation>
</message>
<message>
<source>“{}” needs a password that only QGIS has</source>
<translation>„{}“ braucht ein Passwort, das nur QGIS hat</translation>
</message>
<message>
<source>“{}” was opened with the GDAL options {}, which geoquant does not know; save it as a VRT first.</source>
<translation>„{}“ wurde mit den GDAL-Optionen {} geöffnet, die geoquant nicht kennt; speichern Sie es erst als VRT.</translation>
</message>
</context>
</TS>
