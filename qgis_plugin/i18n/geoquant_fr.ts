<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
<name>geoquant</name>
<message>
<source> At least {}.</source>
<translation> Au moins {}.</translation>
</message>
<message>
<source> Separated by commas: {}</source>
<translation> Séparés par des virgules : {}</translation>
</message>
<message>
<source>A file for the page of results, which otherwise goes when QGIS does.</source>
<translation>Un fichier pour la page de résultats, qui sinon disparaît avec QGIS.</translation>
</message>
<message>
<source>A model out of the list, or any ONNX file, float or INT8.</source>
<translation>Un modèle de la liste, ou n'importe quel fichier ONNX, float ou INT8.</translation>
</message>
<message>
<source>A model without a card is shown with what is missing, and with the parameter that gives it.</source>
<translation>Un modèle sans fiche est montré avec ce qui manque et le paramètre qui l'indique.</translation>
</message>
<message>
<source>A model without a card runs when the parameters from “Model card in a file of its own” on say what a card would.</source>
<translation>Un modèle sans fiche fonctionne si les paramètres à partir de « Fiche du modèle dans un fichier à part » disent ce qu'elle dirait.</translation>
</message>
<message>
<source>A mosaic is made of two scenes or more; choose them or their folder, or take “Classify raster”.</source>
<translation>Une mosaïque se compose d’au moins deux scènes ; choisissez-les ou leur dossier, ou prenez « Classer un raster ».</translation>
</message>
<message>
<source>A quality mask for each scene, in the same order, on any grid. Without one, a product's own, else spectral tests tell the imaging conditions.</source>
<translation>Un masque de qualité pour chaque scène, dans le même ordre, sur n'importe quelle grille. Sans masque, celui du produit, sinon des tests spectraux donnent les conditions d'image.</translation>
</message>
<message>
<source>A raster layer: GeoTIFF, VRT, /vsicurl/ address, or any layer of a Sentinel-2 or Landsat Collection 2 product, which stands for the whole product.</source>
<translation>Une couche raster : GeoTIFF, VRT, adresse /vsicurl/, ou n'importe quelle couche d'un produit Sentinel-2 ou Landsat Collection 2, qui vaut pour tout le produit.</translation>
</message>
<message>
<source>A raster that says what is cloud, shadow, snow or water, on any grid.</source>
<translation>Un raster qui dit ce qui est nuage, ombre, neige ou eau, sur n'importe quelle grille.</translation>
</message>
<message>
<source>About the scene</source>
<translation>Sur la scène</translation>
</message>
<message>
<source>Address of a proxy, such as http://host:3128; user:password@ goes before the host if it asks.</source>
<translation>Adresse d'un proxy, comme http://host:3128 ; utilisateur:motdepasse@ se place devant l'hôte s'il le demande.</translation>
</message>
<message>
<source>All files</source>
<translation>Tous les fichiers</translation>
</message>
<message>
<source>All rasters and products in this folder are scenes, too; what lies in folders below is not looked at.</source>
<translation>Tous les rasters et produits de ce dossier sont aussi des scènes ; les sous-dossiers ne sont pas examinés.</translation>
</message>
<message>
<source>Also gives a map of how much of each 256 x 256 px of the scene is unlike what the model was calibrated on, in percent; for INT8 models.</source>
<translation>Donne aussi une carte de la part de chaque 256 x 256 px de la scène qui diffère de ce sur quoi le modèle a été calibré, en pour cent ; pour les modèles INT8.</translation>
</message>
<message>
<source>Also gives a map of the winning class's probability in percent: strong colours where it is unsure.</source>
<translation>Donne aussi une carte de la probabilité de la classe retenue, en pour cent : couleurs fortes là où elle est incertaine.</translation>
</message>
<message>
<source>Also loads the model into each engine, to see how much runs in INT8 and what stays in float.</source>
<translation>Charge aussi le modèle dans chaque moteur, pour voir ce qui s'exécute en INT8 et ce qui reste en float.</translation>
</message>
<message>
<source>Also look at the values of each band</source>
<translation>Regarder aussi les valeurs de chaque bande</translation>
</message>
<message>
<source>Also look at what each engine runs in INT8</source>
<translation>Regarder aussi ce que chaque moteur exécute en INT8</translation>
</message>
<message>
<source>Also map the confidence</source>
<translation>Cartographier aussi la confiance</translation>
</message>
<message>
<source>Also map the drift</source>
<translation>Cartographier aussi la dérive</translation>
</message>
<message>
<source>Also measure what each layer costs</source>
<translation>Mesurer aussi ce que coûte chaque couche</translation>
</message>
<message>
<source>Also measures what each layer alone costs in INT8; a picture of it lies beside the model.</source>
<translation>Mesure aussi ce que chaque couche seule coûte en INT8 ; une image en est placée à côté du modèle.</translation>
</message>
<message>
<source>Also read the scene coarsely: with which values does each band enter?</source>
<translation>Lire aussi la scène grossièrement : avec quelles valeurs chaque bande entre-t-elle ?</translation>
</message>
<message>
<source>Also write how much there is of each class (CSV).</source>
<translation>Écrire aussi combien il y a de chaque classe (CSV).</translation>
</message>
<message>
<source>Also write the card as a STAC item of the MLM extension (JSON).</source>
<translation>Écrire aussi la fiche comme item STAC de l'extension MLM (JSON).</translation>
</message>
<message>
<source>An extent needs the CRS of the map where the scenes come from a folder; choose one.</source>
<translation>Une emprise a besoin du SCR de la carte lorsque les scènes viennent d’un dossier ; choisissez-en un.</translation>
</message>
<message>
<source>Area</source>
<translation>Surface</translation>
</message>
<message>
<source>Area by class</source>
<translation>Surface par classe</translation>
</message>
<message>
<source>Area of interest (polygons)</source>
<translation>Zone d'intérêt (polygones)</translation>
</message>
<message>
<source>As the network sees them</source>
<translation>Telles que le réseau les voit</translation>
</message>
<message>
<source>Available</source>
<translation>Disponible</translation>
</message>
<message>
<source>Band</source>
<translation>Bande</translation>
</message>
<message>
<source>Bands</source>
<translation>Bandes</translation>
</message>
<message>
<source>Bands in the model's order: names, common names, 1-based indices, ranges of these (1-129,136-224), or wavelengths where the scene tells them (665nm, 420-900nm).</source>
<translation>Bandes dans l'ordre du modèle : noms, noms communs, numéros à partir de 1, plages de numéros (1-129,136-224) ou longueurs d'onde lorsque la scène les indique (665nm, 420-900nm).</translation>
</message>
<message>
<source>Bands of the scene, in the model's order</source>
<translation>Bandes de la scène, dans l'ordre du modèle</translation>
</message>
<message>
<source>Bands that the model was trained on</source>
<translation>Bandes sur lesquelles le modèle a été entraîné</translation>
</message>
<message>
<source>Bands that the model was trained on, in the order of its input channels.</source>
<translation>Bandes sur lesquelles le modèle a été entraîné, dans l'ordre de ses canaux d'entrée.</translation>
</message>
<message>
<source>Bands: {}</source>
<translation>Bandes : {}</translation>
</message>
<message>
<source>CRS of the map</source>
<translation>SCR de la carte</translation>
</message>
<message>
<source>CSV files</source>
<translation>Fichiers CSV</translation>
</message>
<message>
<source>Calibration</source>
<translation>Calibration</translation>
</message>
<message>
<source>Calibration tiles</source>
<translation>Tuiles de calibration</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes.</source>
<translation>Tuiles de calibration à choisir sur toutes les scènes.</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes; 32 to 128 are usual.</source>
<translation>Tuiles de calibration à choisir sur toutes les scènes ; 32 à 128 sont habituelles.</translation>
</message>
<message>
<source>Cancelled; the environment was not made.</source>
<translation>Annulé ; l'environnement n'a pas été créé.</translation>
</message>
<message>
<source>Candidates</source>
<translation>Candidates</translation>
</message>
<message>
<source>Card as a STAC item</source>
<translation>Fiche comme item STAC</translation>
</message>
<message>
<source>Check</source>
<translation>Vérifier</translation>
</message>
<message>
<source>Checking the environment</source>
<translation>Vérification de l'environnement</translation>
</message>
<message>
<source>Choose a model</source>
<translation>Choisir un modèle</translation>
</message>
<message>
<source>Choose an ONNX file</source>
<translation>Choisir un fichier ONNX</translation>
</message>
<message>
<source>Choose calibration tiles</source>
<translation>Choisir les tuiles de calibration</translation>
</message>
<message>
<source>Choose the Model for Previews…</source>
<translation>Choisir le modèle des aperçus…</translation>
</message>
<message>
<source>Chooses the tiles of your scenes that calibrate an INT8 model and those that judge it, and says why.</source>
<translation>Choisit les tuiles de vos scènes qui calibrent un modèle INT8 et celles qui le jugent, et dit pourquoi.</translation>
</message>
<message>
<source>Choosing the engine that is fastest on this computer</source>
<translation>Choix du moteur le plus rapide sur cet ordinateur</translation>
</message>
<message>
<source>Choosing tiles</source>
<translation>Choix des tuiles</translation>
</message>
<message>
<source>Chosen tiles</source>
<translation>Tuiles choisies</translation>
</message>
<message>
<source>Class</source>
<translation>Classe</translation>
</message>
<message>
<source>Class map</source>
<translation>Carte des classes</translation>
</message>
<message>
<source>Class polygons</source>
<translation>Polygones des classes</translation>
</message>
<message>
<source>Classes</source>
<translation>Classes</translation>
</message>
<message>
<source>Classes in the order of the output channels; value=name sets a value.</source>
<translation>Classes dans l'ordre des canaux de sortie ; valeur=nom fixe une valeur.</translation>
</message>
<message>
<source>Classes of the model</source>
<translation>Classes du modèle</translation>
</message>
<message>
<source>Classes of {}</source>
<translation>Classes de {}</translation>
</message>
<message>
<source>Classes: {}</source>
<translation>Classes : {}</translation>
</message>
<message>
<source>Classify Raster…</source>
<translation>Classer un raster…</translation>
</message>
<message>
<source>Classify What the Map Shows</source>
<translation>Classer ce que montre la carte</translation>
</message>
<message>
<source>Classify mosaic of rasters</source>
<translation>Classer une mosaïque de rasters</translation>
</message>
<message>
<source>Classify raster</source>
<translation>Classer un raster</translation>
</message>
<message>
<source>Classify raster…</source>
<translation>Classer un raster…</translation>
</message>
<message>
<source>Classify with it</source>
<translation>Classer avec lui</translation>
</message>
<message>
<source>Classifying</source>
<translation>Classification</translation>
</message>
<message>
<source>Classifying the calibration tiles in float</source>
<translation>Classification des tuiles de calibration en float</translation>
</message>
<message>
<source>Classifying what the map shows</source>
<translation>Classification de ce que montre la carte</translation>
</message>
<message>
<source>Clear land, water, snow, cloud and shadow are imaging conditions: a model that is right on average can be wrong in one of them.</source>
<translation>Sol dégagé, eau, neige, nuage et ombre sont des conditions d'image : un modèle juste en moyenne peut être faux dans l'une d'elles.</translation>
</message>
<message>
<source>Compare models</source>
<translation>Comparer des modèles</translation>
</message>
<message>
<source>Comparing INT8 with float</source>
<translation>Comparaison d'INT8 et de float</translation>
</message>
<message>
<source>Comparing layers</source>
<translation>Comparaison des couches</translation>
</message>
<message>
<source>Condition</source>
<translation>Condition</translation>
</message>
<message>
<source>Condition in which INT8 does worst</source>
<translation>Condition où INT8 est le moins bon</translation>
</message>
<message>
<source>Conditions by mask value</source>
<translation>Conditions par valeur du masque</translation>
</message>
<message>
<source>Confidence</source>
<translation>Confiance</translation>
</message>
<message>
<source>Correcting the INT8 model</source>
<translation>Correction du modèle INT8</translation>
</message>
<message>
<source>Description</source>
<translation>Description</translation>
</message>
<message>
<source>Details</source>
<translation>Détails</translation>
</message>
<message>
<source>Downloading packages</source>
<translation>Téléchargement des paquets</translation>
</message>
<message>
<source>Drawing the tiles</source>
<translation>Dessin des tuiles</translation>
</message>
<message>
<source>Drift</source>
<translation>Dérive</translation>
</message>
<message>
<source>Each finding is fine, a warning or a problem, with what to do about it.</source>
<translation>Chaque constat est bon, un avertissement ou un problème, avec ce qu'il faut faire.</translation>
</message>
<message>
<source>Engine</source>
<translation>Moteur</translation>
</message>
<message>
<source>Every imaging condition (clear land, water, snow, cloud, shadow) gets its share of tiles that are unlike each other, and the darkest and brightest values of every band are among them. Look at the layer, delete or add tiles, save it, and give it to “Quantize model” as “Take the tiles of this file”.</source>
<translation>Chaque condition d'image (sol dégagé, eau, neige, nuage, ombre) reçoit sa part de tuiles différentes les unes des autres, et les valeurs les plus sombres et les plus claires de chaque bande y sont. Regardez la couche, supprimez ou ajoutez des tuiles, enregistrez-la et donnez-la à « Quantifier un modèle » comme « Prendre les tuiles de ce fichier ».</translation>
</message>
<message>
<source>Every tile as a picture, and every band's histogram</source>
<translation>Chaque tuile en image, et l'histogramme de chaque bande</translation>
</message>
<message>
<source>Extent</source>
<translation>Emprise</translation>
</message>
<message>
<source>Extent of the result, in the scene's CRS.</source>
<translation>Étendue du résultat, dans le SCR de la scène.</translation>
</message>
<message>
<source>Fetching pip</source>
<translation>Récupération de pip</translation>
</message>
<message>
<source>Find what is wrong</source>
<translation>Trouver ce qui ne va pas</translation>
</message>
<message>
<source>Findings</source>
<translation>Constats</translation>
</message>
<message>
<source>Float model</source>
<translation>Modèle float</translation>
</message>
<message>
<source>Folder of scenes</source>
<translation>Dossier de scènes</translation>
</message>
<message>
<source>Folder of wheels</source>
<translation>Dossier de wheels</translation>
</message>
<message>
<source>For computers without a network: a folder with all packages. The end of this page says how to fill it.</source>
<translation>Pour les ordinateurs sans réseau : un dossier avec tous les paquets. La fin de cette page dit comment le remplir.</translation>
</message>
<message>
<source>Found</source>
<translation>Trouvé</translation>
</message>
<message>
<source>Found in the scene</source>
<translation>Trouvé dans la scène</translation>
</message>
<message>
<source>Further bands of the scene</source>
<translation>Autres bandes de la scène</translation>
</message>
<message>
<source>Gate: points of mean IoU that may be lost</source>
<translation>Seuil : points d'IoU moyen qui peuvent être perdus</translation>
</message>
<message>
<source>Go on where the scene can't be read</source>
<translation>Continuer là où la scène est illisible</translation>
</message>
<message>
<source>Ground sampling distance</source>
<translation>Résolution au sol</translation>
</message>
<message>
<source>Ground sampling distance of the model (m)</source>
<translation>Résolution au sol du modèle (m)</translation>
</message>
<message>
<source>Ground sampling distance that the model was trained at, in metres.</source>
<translation>Résolution au sol à laquelle le modèle a été entraîné, en mètres.</translation>
</message>
<message>
<source>HTML files</source>
<translation>Fichiers HTML</translation>
</message>
<message>
<source>Health of {}</source>
<translation>Santé de {}</translation>
</message>
<message>
<source>Held out</source>
<translation>Mises de côté</translation>
</message>
<message>
<source>Held-out pixels</source>
<translation>Pixels mis de côté</translation>
</message>
<message>
<source>Highest</source>
<translation>Plus haute</translation>
</message>
<message>
<source>How</source>
<translation>Comment</translation>
</message>
<message>
<source>How a tensor's range is chosen from its histograms; mse weighs every imaging condition the same, auto takes mse or min-max, whichever measures better.</source>
<translation>Comment la plage d'un tenseur est choisie d'après ses histogrammes ; mse donne le même poids à chaque condition d'image, auto prend mse ou min-max, selon la meilleure mesure.</translation>
</message>
<message>
<source>How many imaging conditions are proved</source>
<translation>Combien de conditions d'image sont prouvées</translation>
</message>
<message>
<source>How ranges are chosen</source>
<translation>Choix des plages</translation>
</message>
<message>
<source>INT8 against float</source>
<translation>INT8 face à float</translation>
</message>
<message>
<source>INT8 model</source>
<translation>Modèle INT8</translation>
</message>
<message>
<source>INT8 model {}</source>
<translation>Modèle INT8 {}</translation>
</message>
<message>
<source>Imaging conditions</source>
<translation>Conditions d'image</translation>
</message>
<message>
<source>In --mlm, give the path of a model wherever it lies.</source>
<translation>Dans --mlm, donner le chemin du modèle où qu’il se trouve.</translation>
</message>
<message>
<source>In INT8</source>
<translation>En INT8</translation>
</message>
<message>
<source>Inference engine</source>
<translation>Moteur d'inférence</translation>
</message>
<message>
<source>Inference engine; auto takes the fastest on this scene that keeps the classes.</source>
<translation>Moteur d'inférence ; auto prend le plus rapide sur cette scène qui garde les classes.</translation>
</message>
<message>
<source>Inspect model and scene</source>
<translation>Inspecter modèle et scène</translation>
</message>
<message>
<source>Installing packages</source>
<translation>Installation des paquets</translation>
</message>
<message>
<source>It is calibrated on some tiles of your scenes and judged on others. Where a model that computes in INT8 alone would lose too much, its most sensitive layers stay in float. When the worst imaging condition still loses more than “Gate” allows, no model is written, and the algorithm fails and says so.</source>
<translation>Il est calibré sur certaines tuiles de vos scènes et jugé sur d'autres. Là où un modèle calculant seulement en INT8 perdrait trop, ses couches les plus sensibles restent en float. Si la pire condition d'image perd encore plus que « Seuil » ne permet, aucun modèle n'est écrit, et l'algorithme échoue et le dit.</translation>
</message>
<message>
<source>Its Python environment is missing: 175 MB to download.</source>
<translation>Son environnement Python manque : 175 Mo à télécharger.</translation>
</message>
<message>
<source>Joining small regions</source>
<translation>Réunion des petites régions</translation>
</message>
<message>
<source>Judge on so many tiles, chosen over all scenes, instead of on every pixel not calibrated on.</source>
<translation>Juger sur ce nombre de tuiles, choisies sur toutes les scènes, au lieu de chaque pixel qui n'a pas servi à calibrer.</translation>
</message>
<message>
<source>Judges an INT8 model against the float model that it was made from, on tiles that calibration did not see.</source>
<translation>Juge un modèle INT8 face au modèle float dont il est issu, sur des tuiles que la calibration n'a pas vues.</translation>
</message>
<message>
<source>Judging each tile by a model that has not seen it</source>
<translation>Jugement de chaque tuile par un modèle qui ne l'a pas vue</translation>
</message>
<message>
<source>Keep a model that its gate refuses</source>
<translation>Garder un modèle que son seuil refuse</translation>
</message>
<message>
<source>Keeps a model that the gate refuses, to look into it, under the same name with “.refused” in it; the algorithm fails all the same.</source>
<translation>Garde un modèle que le seuil refuse, pour l'examiner, sous le même nom avec « .refused » dedans ; l'algorithme échoue tout de même.</translation>
</message>
<message>
<source>Kind of the mask</source>
<translation>Type du masque</translation>
</message>
<message>
<source>Layers left in float</source>
<translation>Couches laissées en float</translation>
</message>
<message>
<source>Layers of one band each that belong to the same scene, where its bands lie in several files.</source>
<translation>Couches d'une bande chacune qui appartiennent à la même scène, quand ses bandes sont dans plusieurs fichiers.</translation>
</message>
<message>
<source>Leaves out the comparison of an INT8 model's speed with its float model's, which takes some seconds.</source>
<translation>Omet la comparaison de vitesse d'un modèle INT8 avec son modèle float, qui prend quelques secondes.</translation>
</message>
<message>
<source>Left empty, QGIS's own Python or another one of this computer is found.</source>
<translation>Laissé vide, le Python de QGIS ou un autre de cet ordinateur est trouvé.</translation>
</message>
<message>
<source>Left empty, that of most pixels of the scenes; where an extent is given, that of the first scene.</source>
<translation>Vide : celui de la plupart des pixels des scènes ; si une emprise est donnée, celui de la première scène.</translation>
</message>
<message>
<source>License</source>
<translation>Licence</translation>
</message>
<message>
<source>Limitations</source>
<translation>Limites</translation>
</message>
<message>
<source>Limitations: {}</source>
<translation>Limites : {}</translation>
</message>
<message>
<source>Looked at</source>
<translation>Examiné</translation>
</message>
<message>
<source>Looking at the engines</source>
<translation>Examen des moteurs</translation>
</message>
<message>
<source>Looking at the environment</source>
<translation>Examen de l'environnement</translation>
</message>
<message>
<source>Looking at the model's numbers</source>
<translation>Examen des nombres du modèle</translation>
</message>
<message>
<source>Looking at the scene</source>
<translation>Examen de la scène</translation>
</message>
<message>
<source>Looking at the scenes</source>
<translation>Examen des scènes</translation>
</message>
<message>
<source>Looking for a Python</source>
<translation>Recherche d'un Python</translation>
</message>
<message>
<source>Looks for what usually goes wrong with a model and, with a scene, with feeding one to the other.</source>
<translation>Cherche ce qui va souvent de travers avec un modèle et, avec une scène, quand l'un reçoit l'autre.</translation>
</message>
<message>
<source>Lowest</source>
<translation>Plus basse</translation>
</message>
<message>
<source>Make small</source>
<translation>Réduire</translation>
</message>
<message>
<source>Makes an INT8 model of a float model: about a quarter of the size, and faster on most computers.</source>
<translation>Fait d'un modèle float un modèle INT8 : environ un quart de la taille, et plus rapide sur la plupart des ordinateurs.</translation>
</message>
<message>
<source>Makes the Python environment that geoquant runs in, beside your QGIS profile. Downloads about 175 MB, takes one or two minutes, and is needed once; it needs no rights of an administrator and no compiler.</source>
<translation>Crée l'environnement Python dans lequel geoquant tourne, à côté de votre profil QGIS. Télécharge environ 175 Mo, prend une ou deux minutes, et n'est nécessaire qu'une fois ; sans droits d'administrateur ni compilateur.</translation>
</message>
<message>
<source>Making the environment</source>
<translation>Création de l'environnement</translation>
</message>
<message>
<source>Map imaging conditions</source>
<translation>Cartographier les conditions d'image</translation>
</message>
<message>
<source>Maps the imaging conditions of a scene: clear land, water, snow, thick and thin cloud, cloud edge, shadow.</source>
<translation>Cartographie les conditions d'image d'une scène : sol dégagé, eau, neige, nuage épais et fin, bord de nuage, ombre.</translation>
</message>
<message>
<source>Matched by</source>
<translation>Associée par</translation>
</message>
<message>
<source>Measuring memory and speed</source>
<translation>Mesure de la mémoire et de la vitesse</translation>
</message>
<message>
<source>Measuring ranges of values</source>
<translation>Mesure des plages de valeurs</translation>
</message>
<message>
<source>Measuring what each layer costs</source>
<translation>Mesure du coût de chaque couche</translation>
</message>
<message>
<source>Memory ceiling (MiB)</source>
<translation>Plafond de mémoire (Mio)</translation>
</message>
<message>
<source>Memory ceiling in MiB; sets tile size and tiles in flight.</source>
<translation>Plafond de mémoire en Mio ; fixe la taille et le nombre de tuiles en cours.</translation>
</message>
<message>
<source>Missing in the card</source>
<translation>Manque dans la fiche</translation>
</message>
<message>
<source>Model</source>
<translation>Modèle</translation>
</message>
<message>
<source>Model card in a file of its own</source>
<translation>Fiche du modèle dans un fichier à part</translation>
</message>
<message>
<source>Model card in a file of its own: geoquant JSON, STAC MLM item or Esri .emd.</source>
<translation>Fiche du modèle dans un fichier à part : JSON de geoquant, item STAC MLM ou .emd d'Esri.</translation>
</message>
<message>
<source>Model for previews</source>
<translation>Modèle des aperçus</translation>
</message>
<message>
<source>Model {}</source>
<translation>Modèle {}</translation>
</message>
<message>
<source>Mpx/s</source>
<translation>Mpx/s</translation>
</message>
<message>
<source>Name</source>
<translation>Nom</translation>
</message>
<message>
<source>Name models by their full paths</source>
<translation>Nommer les modèles par leur chemin complet</translation>
</message>
<message>
<source>Name models in the report by their full paths instead of their file names.</source>
<translation>Nommer les modèles dans le rapport par leur chemin complet au lieu du nom de fichier.</translation>
</message>
<message>
<source>Network</source>
<translation>Réseau</translation>
</message>
<message>
<source>No data</source>
<translation>Sans données</translation>
</message>
<message>
<source>No model was chosen; choose an ONNX file or a model that comes with geoquant.</source>
<translation>Aucun modèle n'a été choisi ; choisissez un fichier ONNX ou un modèle fourni avec geoquant.</translation>
</message>
<message>
<source>No-data value of the scene</source>
<translation>Valeur sans données de la scène</translation>
</message>
<message>
<source>Normalization (x - mean) / std: one mean per band, or one for all.</source>
<translation>Normalisation (x - moyenne) / écart type : une moyenne par bande, ou une pour toutes.</translation>
</message>
<message>
<source>Normalization: mean</source>
<translation>Normalisation : moyenne</translation>
</message>
<message>
<source>Normalization: standard deviation</source>
<translation>Normalisation : écart type</translation>
</message>
<message>
<source>Not judged</source>
<translation>Non jugées</translation>
</message>
<message>
<source>Not set</source>
<translation>Non défini</translation>
</message>
<message>
<source>Not set: the scene's, else {}</source>
<translation>Non défini : celle de la scène, sinon {}</translation>
</message>
<message>
<source>Not set: {} by the card</source>
<translation>Non défini : {} selon la fiche</translation>
</message>
<message>
<source>Notes</source>
<translation>Remarques</translation>
</message>
<message>
<source>Nothing is made in between: every place is read from the scenes that lie there, and goes through the model once. Scenes of other zones, pixel sizes and units mix; “Where scenes overlap” says which one counts. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>Rien n’est créé entre-temps : chaque endroit est lu dans les scènes qui s’y trouvent et passe une fois dans le modèle. Des scènes d’autres zones, tailles de pixel et unités se mélangent ; « Où les scènes se recouvrent » dit laquelle compte. La carte apparaît quand elle est complète ; une exécution interrompue reprend où elle s’était arrêtée.</translation>
</message>
<message>
<source>Number of tiles</source>
<translation>Nombre de tuiles</translation>
</message>
<message>
<source>Number of tiles held out to judge on</source>
<translation>Nombre de tuiles mises de côté pour juger</translation>
</message>
<message>
<source>ONNX file with 32-bit weights.</source>
<translation>Fichier ONNX avec des poids de 32 bits.</translation>
</message>
<message>
<source>ONNX file, float or INT8.</source>
<translation>Fichier ONNX, float ou INT8.</translation>
</message>
<message>
<source>ONNX models</source>
<translation>Modèles ONNX</translation>
</message>
<message>
<source>Only this part of the scene; in any CRS. Left empty, the whole scene.</source>
<translation>Seulement cette partie de la scène, dans n'importe quel SCR. Laissé vide, toute la scène.</translation>
</message>
<message>
<source>Open the page</source>
<translation>Ouvrir la page</translation>
</message>
<message>
<source>Open the report</source>
<translation>Ouvrir le rapport</translation>
</message>
<message>
<source>Opening model and scene</source>
<translation>Ouverture du modèle et de la scène</translation>
</message>
<message>
<source>Options…</source>
<translation>Options…</translation>
</message>
<message>
<source>Output of a network of one channel above which a pixel is of the second class; by default 0.5 of a probability, 0 of a logit.</source>
<translation>Sortie d'un réseau à un canal au-dessus de laquelle un pixel est de la deuxième classe ; par défaut 0.5 pour des probabilités, 0 pour des logits.</translation>
</message>
<message>
<source>Outside of the calibrated range</source>
<translation>Hors de la plage calibrée</translation>
</message>
<message>
<source>Outside of these polygons the result is no data. Any layer in any CRS, or its selected features.</source>
<translation>Hors de ces polygones, le résultat est sans données. N'importe quelle couche dans n'importe quel SCR, ou ses entités sélectionnées.</translation>
</message>
<message>
<source>Overlap of blended tiles (px)</source>
<translation>Recouvrement des tuiles fondues (px)</translation>
</message>
<message>
<source>Overlap of blended tiles, for models with an unbounded receptive field.</source>
<translation>Recouvrement des tuiles fondues, pour les modèles à champ réceptif non borné.</translation>
</message>
<message>
<source>Page: INT8 against float</source>
<translation>Page : INT8 face à float</translation>
</message>
<message>
<source>Page: chosen tiles</source>
<translation>Page : tuiles choisies</translation>
</message>
<message>
<source>Page: classes and their areas</source>
<translation>Page : classes et leurs surfaces</translation>
</message>
<message>
<source>Page: findings</source>
<translation>Page : constats</translation>
</message>
<message>
<source>Page: model and scene</source>
<translation>Page : modèle et scène</translation>
</message>
<message>
<source>Page: strata and their areas</source>
<translation>Page : strates et leurs surfaces</translation>
</message>
<message>
<source>Physical value = stored value x scale + offset, where the scene says none.</source>
<translation>Valeur physique = valeur stockée x échelle + décalage, quand la scène n'en indique pas.</translation>
</message>
<message>
<source>Pixels</source>
<translation>Pixels</translation>
</message>
<message>
<source>Pixels inside</source>
<translation>Pixels dedans</translation>
</message>
<message>
<source>Points of mean IoU that the worst imaging condition may lose: against the true classes 0.5 where nothing is given, else against the float map 2.5. As many points of agreement, or 2, may go too.</source>
<translation>Points d'IoU moyen que la pire condition d'image peut perdre : sans indication 0,5 face aux vraies classes, sinon 2,5 face à la carte float. Autant de points d'accord, ou 2, peuvent l'être aussi.</translation>
</message>
<message>
<source>Polygons (GeoPackage or GeoJSON); outside of them the result is no data.</source>
<translation>Polygones (GeoPackage ou GeoJSON) ; en dehors, le résultat est sans données.</translation>
</message>
<message>
<source>Preview: {}</source>
<translation>Aperçu : {}</translation>
</message>
<message>
<source>Problems</source>
<translation>Problèmes</translation>
</message>
<message>
<source>Proved</source>
<translation>Prouvées</translation>
</message>
<message>
<source>Proxy</source>
<translation>Proxy</translation>
</message>
<message>
<source>Python that runs geoquant (left empty, its own environment)</source>
<translation>Python qui exécute geoquant (vide : son propre environnement)</translation>
</message>
<message>
<source>Python to make it from</source>
<translation>Python à partir duquel le créer</translation>
</message>
<message>
<source>QGIS's own Python stays as it is: GDAL, PROJ and NumPy of two origins in one process break each other, so that geoquant always runs in a process of its own.</source>
<translation>Le Python de QGIS reste tel qu'il est : GDAL, PROJ et NumPy de deux origines dans un même processus se gênent, c'est pourquoi geoquant tourne toujours dans son propre processus.</translation>
</message>
<message>
<source>Quality mask</source>
<translation>Masque de qualité</translation>
</message>
<message>
<source>Quality masks</source>
<translation>Masques de qualité</translation>
</message>
<message>
<source>Quantize model</source>
<translation>Quantifier un modèle</translation>
</message>
<message>
<source>Quick: without timing</source>
<translation>Rapide : sans chronométrage</translation>
</message>
<message>
<source>Raster layers or files, as typical of what the model will see as possible. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Couches raster ou fichiers, aussi typiques que possible de ce que verra le modèle. Une couche d'un produit Sentinel-2 ou Landsat vaut pour tout le produit.</translation>
</message>
<message>
<source>Raster layers or files, each with its own bands, scale, offset and no-data value. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Couches ou fichiers raster, chacun avec ses propres bandes, échelle, décalage et valeur sans données. Une couche d’un produit Sentinel-2 ou Landsat représente tout le produit.</translation>
</message>
<message>
<source>Raster whose grid the map takes</source>
<translation>Raster dont la carte prend la grille</translation>
</message>
<message>
<source>Rasters of true class values, one for each scene, in the same order, on any grid: accuracy is measured too.</source>
<translation>Rasters des vraies valeurs de classe, un par scène, dans le même ordre, sur n'importe quelle grille : l'exactitude est mesurée aussi.</translation>
</message>
<message>
<source>Rasters of true classes</source>
<translation>Rasters des vraies classes</translation>
</message>
<message>
<source>Reading the model</source>
<translation>Lecture du modèle</translation>
</message>
<message>
<source>Reading the scenes coarsely</source>
<translation>Lecture grossière des scènes</translation>
</message>
<message>
<source>Receptive field</source>
<translation>Champ réceptif</translation>
</message>
<message>
<source>Report</source>
<translation>Rapport</translation>
</message>
<message>
<source>Resample to this ground sampling distance (units of the CRS)</source>
<translation>Rééchantillonner à cette résolution au sol (unités du SCR)</translation>
</message>
<message>
<source>Resamples all bands to pixels of this size, in units of the scene's CRS.</source>
<translation>Rééchantillonne toutes les bandes à des pixels de cette taille, en unités du SCR de la scène.</translation>
</message>
<message>
<source>Run it again when something is broken: what is whole is kept, and what is not is made anew.</source>
<translation>Relancez-le quand quelque chose est cassé : ce qui est intact est gardé, le reste est refait.</translation>
</message>
<message>
<source>Runs a model over a scene and gives a map of classes with names and colours.</source>
<translation>Applique un modèle à une scène et donne une carte de classes avec noms et couleurs.</translation>
</message>
<message>
<source>Runs a model over many scenes as over one image and gives one map of classes.</source>
<translation>Applique un modèle à de nombreuses scènes comme à une seule image et donne une carte de classes.</translation>
</message>
<message>
<source>STAC items</source>
<translation>Items STAC</translation>
</message>
<message>
<source>Scale, offset</source>
<translation>Échelle, décalage</translation>
</message>
<message>
<source>Scene</source>
<translation>Scène</translation>
</message>
<message>
<source>Scenes</source>
<translation>Scènes</translation>
</message>
<message>
<source>Scenes to choose tiles from.</source>
<translation>Scènes dont choisir les tuiles.</translation>
</message>
<message>
<source>See “Normalization: mean”; with a mean of 0 and a standard deviation of 1 values enter as they are.</source>
<translation>Voir « Normalisation : moyenne » ; avec une moyenne de 0 et un écart type de 1, les valeurs entrent telles quelles.</translation>
</message>
<message>
<source>See “Sensor scale”.</source>
<translation>Voir « Échelle du capteur ».</translation>
</message>
<message>
<source>Seed</source>
<translation>Graine</translation>
</message>
<message>
<source>Seed of the choice; the same seed gives the same tiles.</source>
<translation>Graine du choix ; la même graine donne les mêmes tuiles.</translation>
</message>
<message>
<source>Seed of the tile choice and of the intervals.</source>
<translation>Graine du choix des tuiles et des intervalles.</translation>
</message>
<message>
<source>Seed of the tile choice; the same seed gives the same model.</source>
<translation>Graine du choix des tuiles ; la même graine donne le même modèle.</translation>
</message>
<message>
<source>Sensor offset</source>
<translation>Décalage du capteur</translation>
</message>
<message>
<source>Sensor scale</source>
<translation>Échelle du capteur</translation>
</message>
<message>
<source>Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, or classes, see “Conditions by mask value”. Left empty it is told by the mask's name or values; none means spectral tests even where a product has a mask.</source>
<translation>Sentinel-2 SCL ou QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, ou classes, voir « Conditions par valeur du masque ». Laissé vide, le nom ou les valeurs du masque le disent ; none veut dire tests spectraux, même si un produit a un masque.</translation>
</message>
<message>
<source>Set Up Environment…</source>
<translation>Installer l'environnement…</translation>
</message>
<message>
<source>Set up environment</source>
<translation>Installer l'environnement</translation>
</message>
<message>
<source>Set up now</source>
<translation>Installer maintenant</translation>
</message>
<message>
<source>Setting up the environment; the bar below the map shows how far it is.</source>
<translation>Installation de l'environnement ; la barre sous la carte en montre l'avancement.</translation>
</message>
<message>
<source>Share</source>
<translation>Part</translation>
</message>
<message>
<source>Share of classified pixels</source>
<translation>Part de pixels classés</translation>
</message>
<message>
<source>Share of its pixels that keep their class</source>
<translation>Part de ses pixels qui gardent leur classe</translation>
</message>
<message>
<source>Share of the work</source>
<translation>Part du travail</translation>
</message>
<message>
<source>Show the log</source>
<translation>Montrer le journal</translation>
</message>
<message>
<source>Shows what a model's card says and, with a scene, whether the two fit, band by band.</source>
<translation>Montre ce que dit la fiche d'un modèle et, avec une scène, si les deux vont ensemble, bande par bande.</translation>
</message>
<message>
<source>Side of a calibration tile in pixels.</source>
<translation>Côté d'une tuile de calibration en pixels.</translation>
</message>
<message>
<source>Side of a tile (px)</source>
<translation>Côté d'une tuile (px)</translation>
</message>
<message>
<source>Side of a tile in pixels.</source>
<translation>Côté d'une tuile en pixels.</translation>
</message>
<message>
<source>Side of a tile in pixels; halved while the scenes are too small.</source>
<translation>Côté d'une tuile en pixels ; divisé par deux tant que les scènes sont trop petites.</translation>
</message>
<message>
<source>Side of a tile in pixels; the result does not depend on it.</source>
<translation>Côté d'une tuile en pixels ; le résultat n'en dépend pas.</translation>
</message>
<message>
<source>Side of the tile that engines are looked at and timed on, in pixels.</source>
<translation>Côté, en pixels, de la tuile sur laquelle les moteurs sont examinés et chronométrés.</translation>
</message>
<message>
<source>Size</source>
<translation>Taille</translation>
</message>
<message>
<source>Size of the INT8 file over the float file</source>
<translation>Taille du fichier INT8 sur celle du fichier float</translation>
</message>
<message>
<source>Skip audit and timing</source>
<translation>Omettre l'audit et le chronométrage</translation>
</message>
<message>
<source>Skips what does not change the model or its proof: what runs in INT8 in each engine, and how fast.</source>
<translation>Omet ce qui ne change ni le modèle ni sa preuve : ce qui s'exécute en INT8 dans chaque moteur, et à quelle vitesse.</translation>
</message>
<message>
<source>Smaller regions become part of the neighbour with which they share the longest border, so that the polygons are fewer; the class map stays as it is. Places without data neither grow nor shrink.</source>
<translation>Les régions plus petites rejoignent la voisine avec laquelle elles partagent la plus longue frontière, pour moins de polygones ; la carte des classes reste telle quelle. Les endroits sans données ne grandissent ni ne rétrécissent.</translation>
</message>
<message>
<source>Smallest polygon (px)</source>
<translation>Plus petit polygone (px)</translation>
</message>
<message>
<source>Speed on this machine</source>
<translation>Vitesse sur cette machine</translation>
</message>
<message>
<source>Stored</source>
<translation>Stockées</translation>
</message>
<message>
<source>Stored value that means no data, where the scene declares none.</source>
<translation>Valeur stockée qui signifie sans données, quand la scène n'en déclare pas.</translation>
</message>
<message>
<source>Strata</source>
<translation>Strates</translation>
</message>
<message>
<source>Strata of {}</source>
<translation>Strates de {}</translation>
</message>
<message>
<source>Tails</source>
<translation>Extrêmes</translation>
</message>
<message>
<source>Take the tiles of this file</source>
<translation>Prendre les tuiles de ce fichier</translation>
</message>
<message>
<source>Takes the tiles of this file, made by “Choose calibration tiles” and perhaps edited since.</source>
<translation>Prend les tuiles de ce fichier, fait par « Choisir les tuiles de calibration » et peut-être modifié depuis.</translation>
</message>
<message>
<source>Telling imaging conditions apart</source>
<translation>Distinction des conditions d'image</translation>
</message>
<message>
<source>The area of interest can't be brought from {} to {}</source>
<translation>La zone d'intérêt ne peut pas passer de {} à {}</translation>
</message>
<message>
<source>The area of interest can't be written: {}</source>
<translation>La zone d'intérêt ne peut pas être écrite : {}</translation>
</message>
<message>
<source>The area of interest holds no polygon; select some, or leave it empty.</source>
<translation>La zone d'intérêt ne contient aucun polygone ; sélectionnez-en, ou laissez-la vide.</translation>
</message>
<message>
<source>The classes as polygons, one for each connected region, without seams (GeoPackage).</source>
<translation>Les classes en polygones, un pour chaque région d'un seul tenant, sans coutures (GeoPackage).</translation>
</message>
<message>
<source>The environment is ready: {}</source>
<translation>L'environnement est prêt : {}</translation>
</message>
<message>
<source>The environment is ready; geoquant can be used now.</source>
<translation>L'environnement est prêt ; geoquant peut être utilisé.</translation>
</message>
<message>
<source>The environment's Python</source>
<translation>Le Python de l'environnement</translation>
</message>
<message>
<source>The first scene that has data there (in the order of the list, a folder's by name), the latest by the date of acquisition, or the clearest pixel: clouds and shadows lose, and of equal ones the latest wins.</source>
<translation>La première scène qui a des données à cet endroit (dans l’ordre de la liste, celles d’un dossier par nom), la plus récente par date d’acquisition, ou le pixel le plus clair : nuages et ombres perdent, et à égalité la plus récente gagne.</translation>
</message>
<message>
<source>The folder {} for the page of results can't be made ({}).</source>
<translation>Le dossier {} pour la page de résultats ne peut pas être créé ({}).</translation>
</message>
<message>
<source>The gate does not hold: {}.</source>
<translation>Le seuil n'est pas respecté : {}.</translation>
</message>
<message>
<source>The gate holds: {}.</source>
<translation>Le seuil est respecté : {}.</translation>
</message>
<message>
<source>The gate in words</source>
<translation>Le seuil en mots</translation>
</message>
<message>
<source>The map shows no scene; load a raster and choose it in the list of layers.</source>
<translation>La carte ne montre aucune scène ; chargez un raster et choisissez-le dans la liste des couches.</translation>
</message>
<message>
<source>The map shows nothing of “{}”; zoom to it.</source>
<translation>La carte ne montre rien de « {} » ; zoomez dessus.</translation>
</message>
<message>
<source>The map shows {} Mpx of the scene, more than a preview; zoom in, or classify it as a whole.</source>
<translation>La carte montre {} Mpx de la scène, plus qu'un aperçu ; zoomez, ou classez-la en entier.</translation>
</message>
<message>
<source>The map takes its CRS, pixel size and pixel corners, so that maps of many years lie on each other.</source>
<translation>La carte prend son SCR, sa taille et ses coins de pixel, pour que les cartes de plusieurs années se superposent.</translation>
</message>
<message>
<source>The map's extent can't be brought to the scene's CRS: {}</source>
<translation>L'emprise de la carte ne peut pas passer dans le SCR de la scène : {}</translation>
</message>
<message>
<source>The model</source>
<translation>Le modèle</translation>
</message>
<message>
<source>The model can be used; no scene was given.</source>
<translation>Le modèle peut être utilisé ; aucune scène n'a été donnée.</translation>
</message>
<message>
<source>The model has no card; the options below “Model card in a file of its own” say what it would.</source>
<translation>Le modèle n'a pas de fiche ; les options sous « Fiche du modèle dans un fichier à part » disent ce qu'elle dirait.</translation>
</message>
<message>
<source>The model that the INT8 model was made from.</source>
<translation>Le modèle dont le modèle INT8 est issu.</translation>
</message>
<message>
<source>The model that the tiles are for; without one, the bands as they are.</source>
<translation>Le modèle pour lequel sont les tuiles ; sans modèle, les bandes telles quelles.</translation>
</message>
<message>
<source>The model {} does not exist; choose an ONNX file, or one that comes with geoquant: {}.</source>
<translation>Le modèle {} n'existe pas ; choisissez un fichier ONNX, ou un de ceux fournis avec geoquant : {}.</translation>
</message>
<message>
<source>The model's card lacks: {}.</source>
<translation>Il manque à la fiche du modèle : {}.</translation>
</message>
<message>
<source>The report shows what each imaging condition and class loses, with 95 % intervals, every layer's error, size, speed and memory. It is written, too, when the worst condition loses more than “Gate” allows.</source>
<translation>Le rapport montre ce que perd chaque condition d'image et chaque classe, avec des intervalles à 95 %, l'erreur de chaque couche, la taille, la vitesse et la mémoire. Il est écrit aussi quand la pire condition perd plus que « Seuil » ne permet.</translation>
</message>
<message>
<source>The scene does not fit: {}</source>
<translation>La scène ne convient pas : {}</translation>
</message>
<message>
<source>The scene fits the model.</source>
<translation>La scène convient au modèle.</translation>
</message>
<message>
<source>The scene may be of any size: it is read in tiles, and memory does not grow with it. Layers of a Sentinel-2 or Landsat product stand for the whole product. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>La scène peut avoir n'importe quelle taille : elle est lue par tuiles, et la mémoire ne croît pas avec elle. Les couches d'un produit Sentinel-2 ou Landsat valent pour tout le produit. La carte apparaît quand elle est complète ; une exécution interrompue reprend où elle s'est arrêtée.</translation>
</message>
<message>
<source>The setup failed.</source>
<translation>L'installation a échoué.</translation>
</message>
<message>
<source>The tiles are chosen; look at them.</source>
<translation>Les tuiles sont choisies ; regardez-les.</translation>
</message>
<message>
<source>There is no Python {}; choose another, or leave the field empty and one is looked for.</source>
<translation>Il n'y a pas de Python {} ; choisissez-en un autre, ou laissez le champ vide et un sera cherché.</translation>
</message>
<message>
<source>There is no folder {}; choose the one that holds the wheels.</source>
<translation>Il n'y a pas de dossier {} ; choisissez celui qui contient les wheels.</translation>
</message>
<message>
<source>There is no such file yet.</source>
<translation>Ce fichier n'existe pas encore.</translation>
</message>
<message>
<source>This file can't be used: {}.</source>
<translation>Ce fichier ne peut pas être utilisé : {}.</translation>
</message>
<message>
<source>This will take about {}.</source>
<translation>Cela prendra environ {}.</translation>
</message>
<message>
<source>Threads</source>
<translation>Fils d'exécution</translation>
</message>
<message>
<source>Threads that infer; by default one per core.</source>
<translation>Fils d'exécution de l'inférence ; par défaut un par cœur.</translation>
</message>
<message>
<source>Threshold between two classes</source>
<translation>Seuil entre deux classes</translation>
</message>
<message>
<source>Tiles</source>
<translation>Tuiles</translation>
</message>
<message>
<source>Tiles of {} px per imaging condition</source>
<translation>Tuiles de {} px par condition d'image</translation>
</message>
<message>
<source>Tiles that calibration does not see, to compare INT8 with float on.</source>
<translation>Tuiles que la calibration ne voit pas, pour comparer INT8 à float.</translation>
</message>
<message>
<source>Tiles that were chosen</source>
<translation>Tuiles qui ont été choisies</translation>
</message>
<message>
<source>Tiles to choose beside them, to compare INT8 with float on.</source>
<translation>Tuiles à choisir en plus, pour comparer INT8 à float.</translation>
</message>
<message>
<source>Time</source>
<translation>Durée</translation>
</message>
<message>
<source>Times that tiles are drawn again</source>
<translation>Nombre de retirages des tuiles</translation>
</message>
<message>
<source>Times that tiles are drawn again for the 95 % intervals.</source>
<translation>Nombre de retirages des tuiles pour les intervalles à 95 %.</translation>
</message>
<message>
<source>Timing the engines</source>
<translation>Chronométrage des moteurs</translation>
</message>
<message>
<source>To fill a folder of wheels, on a computer of the same kind with the same version of Python:</source>
<translation>Pour remplir un dossier de wheels, sur un ordinateur du même genre avec la même version de Python :</translation>
</message>
<message>
<source>Told by</source>
<translation>Connu par</translation>
</message>
<message>
<source>Trained on</source>
<translation>Entraîné sur</translation>
</message>
<message>
<source>Trying drafts of the INT8 model</source>
<translation>Essai d'ébauches du modèle INT8</translation>
</message>
<message>
<source>Trying which layers to leave in float</source>
<translation>Essai des couches à laisser en float</translation>
</message>
<message>
<source>Type</source>
<translation>Type</translation>
</message>
<message>
<source>Unreadable blocks</source>
<translation>Blocs illisibles</translation>
</message>
<message>
<source>Unusual</source>
<translation>Inhabituel</translation>
</message>
<message>
<source>Use</source>
<translation>Utiliser</translation>
</message>
<message>
<source>Value</source>
<translation>Valeur</translation>
</message>
<message>
<source>Values (1 %, 50 %, 99 %)</source>
<translation>Valeurs (1 %, 50 %, 99 %)</translation>
</message>
<message>
<source>Verdict</source>
<translation>Verdict</translation>
</message>
<message>
<source>Wanted</source>
<translation>Voulue</translation>
</message>
<message>
<source>Warnings</source>
<translation>Avertissements</translation>
</message>
<message>
<source>What --mean and --std act on: physical values, or stored numbers.</source>
<translation>Sur quoi agissent --mean et --std : valeurs physiques ou nombres stockés.</translation>
</message>
<message>
<source>What is unusual</source>
<translation>Ce qui est inhabituel</translation>
</message>
<message>
<source>What is unusual about the scene</source>
<translation>Ce qui est inhabituel dans la scène</translation>
</message>
<message>
<source>What the calibration tiles cover</source>
<translation>Ce que couvrent les tuiles de calibration</translation>
</message>
<message>
<source>What the model will run on</source>
<translation>Sur quoi le modèle tournera</translation>
</message>
<message>
<source>What the model will run on, which decides its kinds of integers. It need not be this computer.</source>
<translation>Sur quoi le modèle tournera, ce qui décide de ses types d'entiers. Ce n'est pas forcément cet ordinateur.</translation>
</message>
<message>
<source>What the model's output holds</source>
<translation>Ce que contient la sortie du modèle</translation>
</message>
<message>
<source>What the model's output holds: scores before or after softmax, or class values. Maps need one of these.</source>
<translation>Ce que contient la sortie du modèle : scores avant ou après softmax, ou valeurs de classe. Une carte demande l'un d'eux.</translation>
</message>
<message>
<source>What the normalization acts on</source>
<translation>Sur quoi agit la normalisation</translation>
</message>
<message>
<source>What the scene's bands are, in its order, where it does not name them.</source>
<translation>Ce que sont les bandes de la scène, dans son ordre, quand elle ne les nomme pas.</translation>
</message>
<message>
<source>What the values of a mask that is a class raster mean: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Values that are not named are left to spectral tests.</source>
<translation>Ce que signifient les valeurs d'un masque qui est un raster de classes : clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Les valeurs non nommées sont laissées aux tests spectraux.</translation>
</message>
<message>
<source>What to do</source>
<translation>Que faire</translation>
</message>
<message>
<source>What told the strata</source>
<translation>Ce qui a donné les strates</translation>
</message>
<message>
<source>What was done and noticed</source>
<translation>Ce qui a été fait et remarqué</translation>
</message>
<message>
<source>What “Quantize model” made of it.</source>
<translation>Ce que « Quantifier un modèle » en a fait.</translation>
</message>
<message>
<source>Where scenes overlap</source>
<translation>Où les scènes se recouvrent</translation>
</message>
<message>
<source>Whether no problem was found</source>
<translation>Si aucun problème n'a été trouvé</translation>
</message>
<message>
<source>Whether the gate holds</source>
<translation>Si le seuil est respecté</translation>
</message>
<message>
<source>Whether the scene fits the model</source>
<translation>Si la scène convient au modèle</translation>
</message>
<message>
<source>Which model shall classify what the map shows?</source>
<translation>Quel modèle doit classer ce que montre la carte ?</translation>
</message>
<message>
<source>Without a model the first scene's bands are taken as they are, and 64 px are left between tiles.</source>
<translation>Sans modèle, les bandes de la première scène sont prises telles quelles, et 64 px restent entre les tuiles.</translation>
</message>
<message>
<source>Work in INT8</source>
<translation>Travail en INT8</translation>
</message>
<message>
<source>Write no data where the scene can't be read, and count it.</source>
<translation>Écrire sans données là où la scène est illisible, et le compter.</translation>
</message>
<message>
<source>Writing polygons</source>
<translation>Écriture des polygones</translation>
</message>
<message>
<source>Writing the map</source>
<translation>Écriture de la carte</translation>
</message>
<message>
<source>Writing the map of confidence</source>
<translation>Écriture de la carte de confiance</translation>
</message>
<message>
<source>accuracy</source>
<translation>exactitude</translation>
</message>
<message>
<source>bands</source>
<translation>bandes</translation>
</message>
<message>
<source>batch</source>
<translation>lot</translation>
</message>
<message>
<source>calibrates</source>
<translation>calibre</translation>
</message>
<message>
<source>calibration</source>
<translation>calibration</translation>
</message>
<message>
<source>check</source>
<translation>vérifier</translation>
</message>
<message>
<source>choose a model, or type its path</source>
<translation>choisissez un modèle, ou tapez son chemin</translation>
</message>
<message>
<source>choose a raster file, a VRT or an address that GDAL reads (/vsicurl/…).</source>
<translation>choisissez un fichier raster, un VRT ou une adresse que GDAL lit (/vsicurl/…).</translation>
</message>
<message>
<source>cloud</source>
<translation>nuage</translation>
</message>
<message>
<source>compress</source>
<translation>compresser</translation>
</message>
<message>
<source>conditions</source>
<translation>conditions</translation>
</message>
<message>
<source>covered</source>
<translation>couverts</translation>
</message>
<message>
<source>deep learning</source>
<translation>apprentissage profond</translation>
</message>
<message>
<source>dependencies</source>
<translation>dépendances</translation>
</message>
<message>
<source>diagnose</source>
<translation>diagnostic</translation>
</message>
<message>
<source>environment</source>
<translation>environnement</translation>
</message>
<message>
<source>evaluate</source>
<translation>évaluer</translation>
</message>
<message>
<source>fit</source>
<translation>convenir</translation>
</message>
<message>
<source>float</source>
<translation>float</translation>
</message>
<message>
<source>folder</source>
<translation>dossier</translation>
</message>
<message>
<source>gate</source>
<translation>seuil</translation>
</message>
<message>
<source>geoquant goes on with {}, which is named in the options of Processing or by GEOQUANT_PYTHON.</source>
<translation>geoquant continue avec {}, nommé dans les options de Traitement ou par GEOQUANT_PYTHON.</translation>
</message>
<message>
<source>geoquant's log</source>
<translation>Journal de geoquant</translation>
</message>
<message>
<source>geoquant's message</source>
<translation>Message de geoquant</translation>
</message>
<message>
<source>geoquant's own Python environment is missing. Run “Set up environment” (Processing toolbox, geoquant), which makes it once, or choose a Python that has geoquant's packages in the options of Processing.</source>
<translation>L'environnement Python propre à geoquant manque. Lancez « Installer l'environnement » (boîte à outils de Traitement, geoquant), qui le crée une fois, ou choisissez dans les options de Traitement un Python qui a les paquets de geoquant.</translation>
</message>
<message>
<source>geoquant: INT8 and float CNNs over rasters of any size</source>
<translation>geoquant : CNN INT8 et float sur des rasters de toute taille</translation>
</message>
<message>
<source>install</source>
<translation>installer</translation>
</message>
<message>
<source>int8</source>
<translation>int8</translation>
</message>
<message>
<source>its metadata hold {} bytes, which is absurd</source>
<translation>ses métadonnées font {} octets, ce qui n'est pas possible</translation>
</message>
<message>
<source>judges</source>
<translation>juge</translation>
</message>
<message>
<source>land cover</source>
<translation>occupation du sol</translation>
</message>
<message>
<source>many scenes</source>
<translation>nombreuses scènes</translation>
</message>
<message>
<source>mask</source>
<translation>masque</translation>
</message>
<message>
<source>metadata</source>
<translation>métadonnées</translation>
</message>
<message>
<source>missed</source>
<translation>manqués</translation>
</message>
<message>
<source>model</source>
<translation>modèle</translation>
</message>
<message>
<source>model card</source>
<translation>fiche du modèle</translation>
</message>
<message>
<source>mosaic</source>
<translation>mosaïque</translation>
</message>
<message>
<source>no data is {}</source>
<translation>sans données est {}</translation>
</message>
<message>
<source>none</source>
<translation>aucun</translation>
</message>
<message>
<source>nothing</source>
<translation>rien</translation>
</message>
<message>
<source>offset</source>
<translation>décalage</translation>
</message>
<message>
<source>onnx</source>
<translation>onnx</translation>
</message>
<message>
<source>packages</source>
<translation>paquets</translation>
</message>
<message>
<source>pip</source>
<translation>pip</translation>
</message>
<message>
<source>problem</source>
<translation>problème</translation>
</message>
<message>
<source>python</source>
<translation>python</translation>
</message>
<message>
<source>quality</source>
<translation>qualité</translation>
</message>
<message>
<source>quantization</source>
<translation>quantification</translation>
</message>
<message>
<source>report</source>
<translation>rapport</translation>
</message>
<message>
<source>sampling</source>
<translation>échantillonnage</translation>
</message>
<message>
<source>scale</source>
<translation>échelle</translation>
</message>
<message>
<source>scene</source>
<translation>scène</translation>
</message>
<message>
<source>segmentation</source>
<translation>segmentation</translation>
</message>
<message>
<source>shadow</source>
<translation>ombre</translation>
</message>
<message>
<source>snow</source>
<translation>neige</translation>
</message>
<message>
<source>speed</source>
<translation>vitesse</translation>
</message>
<message>
<source>strata</source>
<translation>strates</translation>
</message>
<message>
<source>the card in {} is damaged ({})</source>
<translation>la fiche dans {} est endommagée ({})</translation>
</message>
<message>
<source>the file is not an ONNX model, or it is cut off</source>
<translation>le fichier n'est pas un modèle ONNX, ou il est tronqué</translation>
</message>
<message>
<source>tiles</source>
<translation>tuiles</translation>
</message>
<message>
<source>trained at {} m</source>
<translation>entraîné à {} m</translation>
</message>
<message>
<source>unbounded: tiles are blended</source>
<translation>non borné : les tuiles sont fondues</translation>
</message>
<message>
<source>water</source>
<translation>eau</translation>
</message>
<message>
<source>{} bytes, {} of float</source>
<translation>{} octets, {} de float</translation>
</message>
<message>
<source>{} is unusual for this model.</source>
<translation>{} est inhabituelle pour ce modèle.</translation>
</message>
<message>
<source>{} of {} conditions proved</source>
<translation>{} conditions sur {} prouvées</translation>
</message>
<message>
<source>{} parameters, {}</source>
<translation>{} paramètres, {}</translation>
</message>
<message>
<source>{} scenes</source>
<translation>{} scènes</translation>
</message>
<message>
<source>{}: INT8 keeps at worst {} of the classes, at {} of the size.</source>
<translation>{} : INT8 garde au pire {} des classes, pour {} de la taille.</translation>
</message>
<message>
<source>{}: areas</source>
<translation>{} : surfaces</translation>
</message>
<message>
<source>{}: calibration tiles</source>
<translation>{} : tuiles de calibration</translation>
</message>
<message>
<source>{}: confidence</source>
<translation>{} : confiance</translation>
</message>
<message>
<source>{}: drift</source>
<translation>{} : dérive</translation>
</message>
<message>
<source>{}: polygons</source>
<translation>{} : polygones</translation>
</message>
<message>
<source>{}: same class as float</source>
<translation>{} : même classe que float</translation>
</message>
<message>
<source>{}: strata</source>
<translation>{} : strates</translation>
</message>
<message>
<source>{}: {}, {} {}/s, {} left</source>
<translation>{} : {}, {} {}/s, encore {}</translation>
</message>
<message>
<source>{}; download it, or give GDAL the password by its own means.</source>
<translation>{} ; téléchargez-le, ou donnez le mot de passe à GDAL par ses propres moyens.</translation>
</message>
<message>
<source>{}; save it as a file first (Export, Save As).</source>
<translation>{} ; enregistrez-la d'abord dans un fichier (Exporter, Enregistrer sous).</translation>
</message>
<message>
<source>“Quantize model” and “Compare models” choose and judge tiles by them. A quality mask says best what is what; without one, the product's own or spectral tests do.</source>
<translation>« Quantifier un modèle » et « Comparer des modèles » choisissent et jugent les tuiles d'après elles. Un masque de qualité dit le mieux ce qui est quoi ; sans lui, celui du produit ou des tests spectraux le disent.</translation>
</message>
<message>
<source>“{}” comes from a {} service, which gives pictures instead of measured values</source>
<translation>« {} » vient d'un service {}, qui donne des images au lieu de valeurs mesurées</translation>
</message>
<message>
<source>“{}” comes from “{}”, which geoquant can't read</source>
<translation>« {} » vient de « {} », que geoquant ne peut pas lire</translation>
</message>
<message>
<source>“{}” exists only in the memory of QGIS</source>
<translation>« {} » n'existe que dans la mémoire de QGIS</translation>
</message>
<message>
<source>“{}” has {} rasters for {} scenes; give one per scene, in the same order, or none.</source>
<translation>« {} » a {} rasters pour {} scènes ; donnez-en un par scène, dans le même ordre, ou aucun.</translation>
</message>
<message>
<source>“{}” is not a raster layer; choose a raster.</source>
<translation>« {} » n'est pas une couche raster ; choisissez un raster.</translation>
</message>
<message>
<source>“{}” is written as GeoTIFF, which {} is not: give a file whose name ends in {}.</source>
<translation>« {} » est écrit en GeoTIFF, ce que {} n'est pas : indiquez un fichier dont le nom se termine par {}.</translation>
</message>
<message>
<source>“{}” needs a password that only QGIS has</source>
<translation>« {} » demande un mot de passe que seul QGIS possède</translation>
</message>
<message>
<source>“{}” was opened with the GDAL options {}, which geoquant does not know; save it as a VRT first.</source>
<translation>« {} » a été ouverte avec les options GDAL {}, que geoquant ne connaît pas ; enregistrez-la d'abord comme VRT.</translation>
</message>
</context>
</TS>
